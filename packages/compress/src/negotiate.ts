import type { Extension } from '@webson/handshake';
import type { DeflateAgreement } from './agreement.js';
import { CompressAnswerError } from './errors.js';
import { MAX_WINDOW_BITS, type ResolvedCompressOptions } from './options.js';
import { type DeflateParameters, formatParameters, parseParameters } from './parameters.js';

/** The registered name of the extension (RFC 7692 §7). It claims RSV1. */
export const EXTENSION_NAME = 'permessage-deflate';

/** What a server answers, and the agreement that follows from it. */
export interface DeflateAnswer {
  /** The extension as the server lists it in `Sec-WebSocket-Extensions`. */
  readonly extension: Extension;
  readonly agreement: DeflateAgreement;
}

/**
 * The offers of a client, the preferred one first (RFC 7692 §7.1). An offer that asks for smaller windows is followed
 * by the same offer without that wish, so that a server that cannot meet it still compresses. The client keeps to its
 * own smaller window in either case.
 */
export function offerDeflate(options: ResolvedCompressOptions): Extension[] {
  const { clientWindowBits, serverWindowBits } = options;
  const plain: DeflateParameters = {
    serverNoContextTakeover: !options.serverContextTakeover,
    clientNoContextTakeover: !options.clientContextTakeover,
    serverMaxWindowBits: undefined,
    // RFC 7692 §7.1.2.2: without this parameter the server may not limit the client's window.
    clientMaxWindowBits: true,
  };
  if (clientWindowBits === MAX_WINDOW_BITS && serverWindowBits === MAX_WINDOW_BITS) return [extension(plain)];
  const wanted: DeflateParameters = {
    ...plain,
    serverMaxWindowBits: serverWindowBits < MAX_WINDOW_BITS ? serverWindowBits : undefined,
    clientMaxWindowBits: clientWindowBits < MAX_WINDOW_BITS ? clientWindowBits : true,
  };
  return [extension(wanted), extension(plain)];
}

/**
 * The answer of a server: it accepts the first well-formed offer of `permessage-deflate` (RFC 7692 §5, §7.1), because
 * it can meet every one.
 * @param offered all extensions that the client offered, in the client's order; other extensions are ignored.
 * @returns `undefined` if there is no such offer; the connection then goes on without compression.
 */
export function answerDeflate(
  offered: readonly Extension[],
  options: ResolvedCompressOptions,
): DeflateAnswer | undefined {
  for (const offer of offered) {
    if (offer.name !== EXTENSION_NAME) continue;
    const parameters = parseParameters(offer.params, 'offer');
    // RFC 7692 §7.1: an offer with an unknown or repeated parameter, or with a bad value, is declined. The next may be
    // good.
    if ('fault' in parameters) continue;
    return accept(parameters, options);
  }
  return undefined;
}

/**
 * Checks the answer of a server against the offers of the client (RFC 7692 §7.1).
 * @param answered all extensions that the server answered; other extensions are ignored.
 * @param offered the result of `offerDeflate`, or `[]` if compression was not offered.
 * @returns `undefined` if the server declined.
 * @throws {CompressAnswerError} if the client has to fail the connection.
 */
export function checkDeflateAnswer(
  answered: readonly Extension[],
  offered: readonly Extension[],
  options: ResolvedCompressOptions,
): DeflateAgreement | undefined {
  const [answer, ...others] = answered.filter(({ name }) => name === EXTENSION_NAME);
  if (answer === undefined) return undefined;
  const offers = offered.filter(({ name }) => name === EXTENSION_NAME);
  if (offers.length === 0) {
    throw new CompressAnswerError('ANSWER_NOT_OFFERED', `the server answered ${EXTENSION_NAME}, which was not offered`);
  }
  if (others.length > 0) {
    throw new CompressAnswerError('ANSWER_REPEATED', `the server answered ${EXTENSION_NAME} more than once`);
  }
  const parameters = parseParameters(answer.params, 'answer');
  if ('fault' in parameters) {
    const name = JSON.stringify(parameters.name.slice(0, 80));
    throw new CompressAnswerError(
      'ANSWER_MALFORMED',
      `the server answered ${EXTENSION_NAME} with the parameter ${name}: ${parameters.fault}`,
    );
  }
  const fits = offers.some((offer) => {
    const offeredParameters = parseParameters(offer.params, 'offer');
    return !('fault' in offeredParameters) && isAnswerTo(parameters, offeredParameters);
  });
  if (!fits) {
    throw new CompressAnswerError(
      'ANSWER_UNACCEPTABLE',
      `the server's ${EXTENSION_NAME} answer fits none of the offers`,
    );
  }
  return {
    serverNoContextTakeover: parameters.serverNoContextTakeover,
    // A client may do without context takeover (RFC 7692 §7.1.1.2) and use less than its window (RFC 7692 §7.1.2.2).
    clientNoContextTakeover: parameters.clientNoContextTakeover || !options.clientContextTakeover,
    serverMaxWindowBits: parameters.serverMaxWindowBits ?? MAX_WINDOW_BITS,
    clientMaxWindowBits: Math.min(numberOrMax(parameters.clientMaxWindowBits), options.clientWindowBits),
  };
}

function accept(offer: DeflateParameters, options: ResolvedCompressOptions): DeflateAnswer {
  const agreement: DeflateAgreement = {
    // RFC 7692 §7.1.1.1: a server that accepts the parameter must echo it. It may also set the parameter without being
    // asked.
    serverNoContextTakeover: offer.serverNoContextTakeover || !options.serverContextTakeover,
    // RFC 7692 §7.1.1.2: the server may set the parameter whether or not the client offered it.
    clientNoContextTakeover: offer.clientNoContextTakeover || !options.clientContextTakeover,
    serverMaxWindowBits: Math.min(offer.serverMaxWindowBits ?? MAX_WINDOW_BITS, options.serverWindowBits),
    // RFC 7692 §7.1.2.2: the server may not limit a client that did not offer the parameter.
    clientMaxWindowBits:
      offer.clientMaxWindowBits === undefined
        ? MAX_WINDOW_BITS
        : Math.min(numberOrMax(offer.clientMaxWindowBits), options.clientWindowBits),
  };
  const { serverMaxWindowBits, clientMaxWindowBits } = agreement;
  // RFC 7692 §7.1.2.1: an offered `server_max_window_bits` must be answered, even with the largest value. In any other
  // case the largest value is left out, since some clients accept only an answer without parameters.
  const answersServerBits = offer.serverMaxWindowBits !== undefined || serverMaxWindowBits < MAX_WINDOW_BITS;
  return {
    agreement,
    extension: extension({
      ...agreement,
      serverMaxWindowBits: answersServerBits ? serverMaxWindowBits : undefined,
      clientMaxWindowBits: clientMaxWindowBits < MAX_WINDOW_BITS ? clientMaxWindowBits : undefined,
    }),
  };
}

/** Whether an answer is one that a server may give to this offer. */
function isAnswerTo(answer: DeflateParameters, offer: DeflateParameters): boolean {
  // RFC 7692 §7.1.1.1: a server that accepts the offer includes the parameter.
  if (offer.serverNoContextTakeover && !answer.serverNoContextTakeover) return false;
  // RFC 7692 §7.1.2.1: "with the same or smaller value". A server that was not asked may choose any limit for itself.
  if (
    offer.serverMaxWindowBits !== undefined &&
    (answer.serverMaxWindowBits === undefined || answer.serverMaxWindowBits > offer.serverMaxWindowBits)
  ) {
    return false;
  }
  if (answer.clientMaxWindowBits === undefined) return true;
  // RFC 7692 §7.1.2.2: allowed only if the client offered the parameter, and "equal to or smaller than" its value.
  if (offer.clientMaxWindowBits === undefined) return false;
  return numberOrMax(answer.clientMaxWindowBits) <= numberOrMax(offer.clientMaxWindowBits);
}

function numberOrMax(bits: number | true | undefined): number {
  return typeof bits === 'number' ? bits : MAX_WINDOW_BITS;
}

function extension(parameters: DeflateParameters): Extension {
  return { name: EXTENSION_NAME, params: formatParameters(parameters) };
}
