import { throwIfAborted } from '../../application/abort.js';
import { shownProtocols } from '../../application/protocol-names.js';
import { redacted } from '../../application/redacted.js';
import { isA, toError } from '../../application/thrown.js';
import { Connection } from '../../connection.js';
import type { Opened } from '../../connection-parts.js';
import { offeredWithInner, withinInner } from '../../inner/sub-protocol.js';
import { InnerTransport } from '../../inner/transport.js';
import { type CheckedOptions, checkOptions } from '../../options/checked-options.js';
import { COMMON_KINDS } from '../../options/common-kinds.js';
import { BOOLEAN, type DefaultedKind, type OptionKinds } from '../../options/option-kinds.js';
import type { BareOptions, ConnectionOptions, OptionsOfNode, Settings } from '../../options/options.js';
import { protocolsOf, settingsOf } from '../../options/settings.js';
import type { OptionsElsewhere } from '../../options/unknown-option.js';
import { HandshakeError, WebsonError } from '../../protocol/contract/errors.js';
import { agreeOnParameters, streamParameters } from '../../protocol/negotiated/stream-extension.js';
import { MessageType } from '../../status.js';
import { Attempt } from '../../time/attempt.js';
import { webPlatform } from '../socket/platform.js';
import { PlainTransport } from '../socket/transport.js';
import { webSocketUrl } from './address.js';
import { hinted } from './hinted.js';
import { openSocket } from './open-socket.js';

/** Options of {@link dial} over the WebSocket of a platform, which does the handshake, TLS and compression by itself. */
export interface DialOptions extends Omit<ConnectionOptions, OptionsOfNode> {
  /**
   * Fails when sub-protocols were offered and the server takes none of them up: true by default. Most platforms fail by themselves
   * then, whatever this says.
   */
  requireProtocol?: boolean;
}

type AllOptions = ConnectionOptions & DialOptions;

/** What each option may be, and its default. */
export const DIAL_KINDS: OptionKinds<AllOptions, BareOptions> = {
  ...COMMON_KINDS,
  headerVerify: fixed(),
  origins: fixed('same-host'),
  hosts: fixed(),
  magicKey: { ...fixed(), isSecret: true },
  privateMask: { ...fixed(), isSecret: true },
  alwaysMask: fixed(false),
  dialect: fixed('rfc'),
  pacing: fixed(5120),
  directSockets: fixed(true),
  requireProtocol: { ...BOOLEAN, default: true },
};

// Options of `dial` elsewhere, that say how the request is made and what carries it.
const OF_NODE: OptionsElsewhere = {
  kinds: { extraHeaders: {}, useTLS: {}, tls: {}, connect: {} },
  hint: 'the WebSocket of a page makes its request itself: a token goes into the query or a sub-protocol, and wss: is for TLS',
};

// The kind of an option of Node. Its default there is accepted, as options that were checked have it.
function fixed(fallback?: unknown): DefaultedKind {
  return {
    expected: 'no choice of a page, but what its WebSocket does, is',
    accepts: (value: unknown) => value === fallback,
    default: fallback,
  };
}

/**
 * Opens a WebSocket connection by the WebSocket of the platform (WHATWG WebSockets), or its WebSocketStream where it has nothing else.
 * Register handlers on what it resolves to, then call its `start`.
 *
 * With `enableStreams` the inner protocol is offered: a server of this kit that has `enableStreams` takes it, and the connection
 * can do what it can elsewhere. With any other server, or without `enableStreams`, text and binary messages pass as they are; other
 * types, `ping` and `keepPing` throw a WebsonError `NO_INNER_PROTOCOL`.
 *
 * Rejects with ConfigError for a wrong URL or option, or one that no platform lets one have; with the reason of `signal` when that
 * aborts; with HandshakeError when the server cannot be reached, refuses, or does not answer within `timeout.handshake`.
 *
 * @param url `ws:`, the default, or `wss:`; a path alone is on the server of the page.
 */
export async function dial(url: string | URL, given: DialOptions = {}): Promise<Connection> {
  const options = await hinted(() => checkDialOptions(given));
  const settings = settingsOf(options);
  const { location } = globalThis as { location?: { href: string } };
  const dialler = new Dialler(webSocketUrl(url, location?.href), options, settings);
  return new Connection({
    ...(await dialler.open()),
    platform: webPlatform,
    settings,
    isClient: true,
    url: redacted(dialler.url),
    redial: (abandoned) => dialler.open(abandoned),
  });
}

/** Checks options of {@link dial}, and tells of those that it has elsewhere. @throws ConfigError for one that is wrong. */
export function checkDialOptions(given: DialOptions): Checked {
  return checkOptions<AllOptions, BareOptions>('options', given, DIAL_KINDS, OF_NODE);
}

type Checked = CheckedOptions<AllOptions, BareOptions>;

/** Opens connections to one URL with the same options: the first one, and one for each `restart`. */
class Dialler {
  readonly url: string;
  readonly #options: Checked;
  readonly #settings: Settings;

  constructor(url: string, options: Checked, settings: Settings) {
    this.url = url;
    this.#options = options;
    this.#settings = settings;
  }

  /** @param abandoned ends the attempt, as the `signal` of the options does. */
  async open(abandoned?: AbortSignal): Promise<Opened> {
    const { signal } = this.#options;
    const { handshakeTimeout, streams } = this.#settings;
    throwIfAborted(signal);
    const attempt = new Attempt({
      timeout: handshakeTimeout,
      onTimeout: () =>
        new HandshakeError(
          'TIMEOUT',
          `no connection to ${redacted(this.url)} within ${handshakeTimeout} ms (timeout.handshake)`,
        ),
      signal,
      abandoned,
    });
    try {
      if (streams === undefined) return await this.#open(protocolsOf(this.#options), attempt);
      return await this.#openWithInner(attempt);
    } finally {
      attempt.stop();
    }
  }

  async #openWithInner(attempt: Attempt): Promise<Opened> {
    const protocols = protocolsOf(this.#options);
    try {
      return await this.#open(offeredWithInner(protocols), attempt);
    } catch (error) {
      // A platform fails when the server takes none of the sub-protocols, as one does that knows none (WHATWG WebSockets §2).
      if (attempt.isOver || !isA(error, HandshakeError) || error.code !== 'CONNECT_FAILED') throw error;
      return await this.#open(protocols, attempt);
    }
  }

  async #open(protocols: readonly string[], attempt: Attempt): Promise<Opened> {
    const { carrier, protocol } = await openSocket(this.url, protocols, attempt);
    const inner = withinInner(protocol);
    const { streams } = this.#settings;
    const offered = protocolsOf(this.#options);
    if (offered.length > 0 && (inner ?? protocol) === '' && this.#options.requireProtocol) {
      carrier.destroy();
      throw new HandshakeError(
        'NO_PROTOCOL',
        `the server took none of the sub-protocols offered: ${shownProtocols(offered)}`,
      );
    }
    if (inner === undefined || streams === undefined) {
      return {
        transport: new PlainTransport(carrier, webPlatform),
        negotiated: { protocol, extensions: [] },
        isUnmasked: true,
        checkType: checkPlainType,
      };
    }
    try {
      const transport = new InnerTransport(carrier, streamParameters(streams));
      const agreed = agreeOnParameters(streams, await attempt.wait(transport.peerParameters));
      const { flow } = agreed.streams;
      if (flow !== undefined) transport.limitUnread(flow.mostUnread);
      const negotiated = { protocol: inner, extensions: [agreed.extension] };
      return { transport, negotiated, streams: agreed.streams, isUnmasked: true };
    } catch (error) {
      carrier.destroy();
      throw isA(error, HandshakeError) ? error : innerFailed(toError(error));
    }
  }
}

function checkPlainType(type: number): void {
  if (type === MessageType.Text || type === MessageType.Binary) return;
  const message = `type: 1 or 2 expected, got ${type}: others need the inner protocol, which needs enableStreams here and at a webson server`;
  throw new WebsonError('NO_INNER_PROTOCOL', message);
}

function innerFailed(cause: Error): HandshakeError {
  return new HandshakeError('INNER_PROTOCOL', `the inner protocol did not begin: ${cause.message}`, {}, { cause });
}
