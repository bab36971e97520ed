import { acceptExtensions, answerExtensions, HeaderMap, parseExtensions } from '@webson/handshake';
import { Connection } from '../../src/connection.js';
import { type Extensions, extensionsOf } from '../../src/node/extensions.js';
import { nodePlatform } from '../../src/node/platform.js';
import { resolveOptions } from '../../src/options/connection-kinds.js';
import type { ConnectionOptions } from '../../src/options/options.js';
import type { Transport, TransportSink } from '../../src/transport.js';
import { concat } from '../support/frames.js';

/** The one value of the extension header that the Go kit writes, and that its client knows. */
export const GO_DEFLATE = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover';

/** A transport whose other end is the test: it gives bytes, and gets each write in one piece. */
export class PeerTransport implements Transport {
  /** Called with what one `write` was given. */
  onWrite: (bytes: Uint8Array) => void = () => {};
  /** Called when the connection has ended its side, in whatever way. */
  onEnded: () => void = () => {};
  /** Every write waits for `drain`. */
  isSlow = false;
  isPaused = false;
  isGone = false;
  #sink: TransportSink | undefined;

  /** Bytes come from the peer; not after `close`. */
  deliver(bytes: Uint8Array): void {
    if (!this.isGone) this.#sink?.onData(new Uint8Array(bytes));
  }

  /** The peer ends its side. */
  finish(): void {
    if (!this.isGone) this.#sink?.onEnd();
  }

  /** The peer ends the transport. */
  close(): void {
    this.finish();
    this.destroy();
  }

  start(sink: TransportSink): void {
    this.#sink = sink;
  }

  write(parts: readonly Uint8Array[]): boolean {
    this.onWrite(concat(parts));
    return !this.isSlow;
  }

  /** What was written is passed on; with `isSlow` alone. */
  drain(): void {
    if (!this.isGone) this.#sink?.onDrain();
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  end(): void {
    this.onEnded();
  }

  destroy(error?: Error): void {
    if (this.isGone) return;
    this.isGone = true;
    this.onEnded();
    this.#sink?.onClose(error);
  }
}

// From now on what the options below may ask for is loaded.
const everything: ConnectionOptions = { dialect: 'go', enableStreams: true, enableCompress: true };
await extensionsOf(everything, resolveOptions(everything), 'client');

/** What a handshake with a Go endpoint came to. */
export interface GoAgreement {
  streams?: number | undefined;
  deflate?: boolean;
}

/** A connection to a Go endpoint, not started, without pings of its own. */
export function connectToGo(
  transport: Transport,
  isClient: boolean,
  { streams, deflate = false }: GoAgreement,
  more: ConnectionOptions = {},
): Connection {
  const options: ConnectionOptions = {
    dialect: 'go',
    pingInterval: 0,
    enableStreams: streams !== undefined,
    enableCompress: deflate && { threshold: 0 },
    ...more,
  };
  const settings = resolveOptions(options);
  const extensions = extensionsOf(options, settings, isClient ? 'client' : 'server') as Extensions;
  const agreed = deflate ? parseExtensions(GO_DEFLATE) : [];
  const agreements = (isClient ? acceptExtensions : answerExtensions)(extensions.supports, agreed);
  const fields = HeaderMap.fromRecord(streams === undefined ? {} : { 'Webson-Max-Streams': String(streams) });
  return new Connection({
    platform: nodePlatform,
    transport,
    settings,
    isClient,
    negotiated: { protocol: '', extensions: agreements.map(({ extension }) => extension) },
    ...extensions.use(agreements, fields),
  });
}
