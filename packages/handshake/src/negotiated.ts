import { HandshakeFailure, HeaderError, quote } from './errors.js';
import type { Extension } from './extensions.js';

/** What an opening handshake agreed on, the same on both sides (RFC 6455 §4.1, §4.2.2). */
export interface Negotiated {
  /** The sub-protocol in use, `''` for none. */
  readonly protocol: string;
  /** The extensions in use with the parameters agreed, in the order of the answer; that order is theirs on the wire. */
  readonly extensions: readonly Extension[];
}

/** What a server's side of an extension has to say to the offers it got. */
export interface ExtensionAnswer<Settings> {
  /** What goes into the response. */
  readonly extension: Extension;
  /** What the extension will work with. */
  readonly settings: Settings;
}

/**
 * One extension as an endpoint supports it. `Settings` is whatever the extension makes of an agreement.
 * A negotiator that meets a malformed parameter throws a {@link HandshakeFailure}.
 */
export interface ExtensionSupport<Settings = unknown> {
  /** The token it is registered under. */
  readonly name: string;
  /** The RSV bits it claims: RSV1 = 4, RSV2 = 2, RSV3 = 1, or a sum of them, or 0. */
  readonly rsv: number;
  /** Client: what to offer, in order of preference; empty to offer nothing. All must bear `name`. */
  offer(): readonly Extension[];
  /** Server: the answer to the offers that bear `name` (one or more, in the client's order), `undefined` to decline. */
  answer(offers: readonly Extension[]): ExtensionAnswer<Settings> | undefined;
  /** Client: the settings that the server's answer leads to. */
  accept(answer: Extension): Settings;
}

/** An extension in use. */
export interface Agreement<Settings = unknown> {
  readonly support: ExtensionSupport<Settings>;
  readonly extension: Extension;
  readonly settings: Settings;
}

/**
 * Client: what to put into the request, in the order of `supports` (RFC 6455 §9.1).
 * Two that claim the same RSV bit may both be offered, as alternatives.
 * @throws {HeaderError} `INVALID_EXTENSION` if two of them share a name or one claims an RSV bit that does not exist.
 */
export function offerExtensions(supports: readonly ExtensionSupport[]): Extension[] {
  checkSupports(supports);
  return supports.flatMap((support) => [...support.offer()]);
}

/**
 * Server: what to take up of a client's offers, in the order of `supports`. Declined by silence (RFC 6455 §9.1): offers
 * nobody knows, and an extension that claims an RSV bit which one before it has taken.
 * @throws {HeaderError} `INVALID_EXTENSION` as in `offerExtensions`.
 * @throws {HandshakeFailure} what a negotiator throws at a malformed offer; to be answered with its status.
 */
export function answerExtensions(supports: readonly ExtensionSupport[], offers: readonly Extension[]): Agreement[] {
  checkSupports(supports);
  const agreements: Agreement[] = [];
  let taken = 0;
  for (const support of supports) {
    const own = offers.filter((offer) => offer.name === support.name);
    // RFC 6455 §5.2: an RSV bit has one meaning, so two extensions that claim it cannot be used together.
    if (own.length === 0 || (taken & support.rsv) !== 0) continue;
    const answer = support.answer(own);
    if (answer === undefined) continue;
    agreements.push({ support, extension: answer.extension, settings: answer.settings });
    taken |= support.rsv;
  }
  return agreements;
}

/**
 * Client: the agreements that the extensions of a response amount to, in its order (RFC 6455 §4.1, §9.1).
 * @throws {HeaderError} `INVALID_EXTENSION` as in `offerExtensions`.
 * @throws {HandshakeFailure} `UNSOLICITED_EXTENSION` for one that is not supported, `EXTENSION_CONFLICT` for one that
 * is listed twice or claims an RSV bit that one before it has, or what a negotiator throws at an answer it cannot use.
 */
export function acceptExtensions(supports: readonly ExtensionSupport[], answers: readonly Extension[]): Agreement[] {
  checkSupports(supports);
  checkAnswered(answers, supports);
  const byName = new Map(supports.map((support) => [support.name, support]));
  const agreements: Agreement[] = [];
  let taken = 0;
  for (const extension of answers) {
    const support = byName.get(extension.name) as ExtensionSupport;
    // RFC 6455 §5.2: an RSV bit has one meaning, so a server that takes up two extensions claiming it is at fault.
    if ((taken & support.rsv) !== 0) {
      throw new HandshakeFailure(
        'EXTENSION_CONFLICT',
        `the extension ${quote(extension.name)} claims an RSV bit that one accepted before it has`,
      );
    }
    agreements.push({ support, extension, settings: support.accept(extension) });
    taken |= support.rsv;
  }
  return agreements;
}

/** The settings agreed for one extension, or `undefined` if it is not in use. */
export function settingsOf<Settings>(
  agreements: readonly Agreement[],
  support: ExtensionSupport<Settings>,
): Settings | undefined {
  return agreements.find((agreement) => agreement.support === support)?.settings as Settings | undefined;
}

/**
 * Client: refuses an answer with an extension that was not offered, or with one twice (RFC 6455 §4.1 step 5, §9.1).
 * @throws {HandshakeFailure} `UNSOLICITED_EXTENSION` or `EXTENSION_CONFLICT`.
 */
export function checkAnswered(answers: readonly Extension[], offered: readonly { readonly name: string }[]): void {
  const names = new Set(offered.map(({ name }) => name));
  const seen = new Set<string>();
  for (const { name } of answers) {
    if (!names.has(name)) {
      const offers = names.size === 0 ? 'none was' : `offered: ${[...names].join(', ')}`;
      throw new HandshakeFailure('UNSOLICITED_EXTENSION', `the extension ${quote(name)} was not offered (${offers})`);
    }
    if (seen.has(name)) {
      throw new HandshakeFailure('EXTENSION_CONFLICT', `the extension ${quote(name)} was accepted twice`);
    }
    seen.add(name);
  }
}

function checkSupports(supports: readonly ExtensionSupport[]): void {
  const names = new Set<string>();
  for (const { name, rsv } of supports) {
    if (names.has(name)) throw new HeaderError('INVALID_EXTENSION', `the extension ${quote(name)} is given twice`);
    if (!Number.isInteger(rsv) || rsv < 0 || rsv > 7) {
      throw new HeaderError('INVALID_EXTENSION', `the extension ${quote(name)} claims RSV ${rsv}, allowed are 0 to 7`);
    }
    names.add(name);
  }
}
