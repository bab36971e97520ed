import { HandshakeFailure, HeaderError, quote } from './errors.js';
import type { Extension } from './extensions.js';

/** The result of an opening handshake, the same on both sides (RFC 6455 §4.1, §4.2.2). */
export interface Negotiated {
  /** The sub-protocol in use, `''` for none. */
  readonly protocol: string;
  /** The extensions in use with the agreed parameters, in the order of the response, in which they are applied. */
  readonly extensions: readonly Extension[];
}

/** How the server's side of an extension answers the offers of a client. */
export interface ExtensionAnswer<Settings> {
  /** The extension as it is listed in the response. */
  readonly extension: Extension;
  /** The settings that the extension will use. */
  readonly settings: Settings;
}

/**
 * One extension that an endpoint supports. `Settings` is what the extension derives from the agreed parameters.
 * `answer` and `accept` throw a {@link HandshakeFailure} at a malformed parameter.
 */
export interface ExtensionSupport<Settings = unknown> {
  /** The registered name of the extension, a token. */
  readonly name: string;
  /** The RSV bits that the extension claims: RSV1 = 4, RSV2 = 2, RSV3 = 1, or a sum of them, or 0. */
  readonly rsv: number;
  /** Client: the offers in order of preference, all with the name `name`; empty to offer nothing. */
  offer(): readonly Extension[];
  /** Server: the answer to the offers named `name` (one or more, in the client's order), or `undefined` to decline. */
  answer(offers: readonly Extension[]): ExtensionAnswer<Settings> | undefined;
  /** Client: the settings that follow from the server's answer. */
  accept(answer: Extension): Settings;
}

/** An extension in use. */
export interface Agreement<Settings = unknown> {
  readonly support: ExtensionSupport<Settings>;
  readonly extension: Extension;
  readonly settings: Settings;
}

/**
 * Client: the extensions to offer in the request, in the order of `supports` (RFC 6455 §9.1).
 * Two extensions that claim the same RSV bit may both be offered, as alternatives.
 * @throws {HeaderError} `INVALID_EXTENSION` if two of them share a name or one claims an RSV bit that does not exist.
 */
export function offerExtensions(supports: readonly ExtensionSupport[]): Extension[] {
  checkSupports(supports);
  return supports.flatMap((support) => [...support.offer()]);
}

/**
 * Server: the agreements that a client's offers lead to, in the order of `supports`. An unknown extension, and one that
 * claims an RSV bit that an earlier one has taken, is declined by leaving it out of the response (RFC 6455 §9.1).
 * @throws {HeaderError} `INVALID_EXTENSION` as in `offerExtensions`.
 * @throws {HandshakeFailure} if an extension refuses a malformed offer; answer the request with its status.
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
 * Client: the agreements that the extensions of a response lead to, in the order of the response (RFC 6455 §4.1, §9.1).
 * @throws {HeaderError} `INVALID_EXTENSION` as in `offerExtensions`.
 * @throws {HandshakeFailure} `UNSOLICITED_EXTENSION` for an extension that is not supported; `EXTENSION_CONFLICT` for
 * one that is listed twice or claims an RSV bit that an earlier one has taken; or the error of an extension that cannot
 * use the answer.
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
 * Client: refuses a response with an extension that was not offered or is listed twice (RFC 6455 §4.1 step 5, §9.1).
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
