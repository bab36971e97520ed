import type { Extension } from '@webson/handshake';
import type { DeflateAgreement } from './agreement.js';
import { CompressAnswerError } from './errors.js';
import { MAX_WINDOW_BITS, type ResolvedCompressOptions } from './options.js';
import { type DeflateParameters, formatParameters, parseParameters } from './parameters.js';

/** The registered name of the extension (RFC 7692 §7). It claims RSV1. */
export const EXTENSION_NAME = 'permessage-deflate';

/** What a server answers, and what then holds. */
export interface DeflateAnswer {
  /** To be listed in the server's `Sec-WebSocket-Extensions`. */
  readonly extension: Extension;
  readonly agreement: DeflateAgreement;
}

/**
 * What a client offers, the most wanted first (RFC 7692 §7.1). Wishes for smaller windows are followed by the same offer
 * without them, for servers that cannot meet them: the wish then goes unmet, compression does not. The client keeps to
 * its own smaller window all the same.
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
 * A server's choice: the first offer of `permessage-deflate` that is well-formed (RFC 7692 §5, §7.1). Every well-formed
 * offer can be met.
 * @param offered all extensions the client offered, in its order; others are passed over.
 * @returns `undefined` if there is nothing to accept: the connection then goes on without compression.
 */
export function answerDeflate(
  offered: readonly Extension[],
  options: ResolvedCompressOptions,
): DeflateAnswer | undefined {
  for (const offer of offered) {
    if (offer.name !== EXTENSION_NAME) continue;
    const parameters = parseParameters(offer.params, 'offer');
    // RFC 7692 §7.1: an offer with a parameter that is unknown, repeated or has a bad value is declined, the next may do.
    if ('fault' in parameters) continue;
    return accept(parameters, options);
  }
  return undefined;
}

/**
 * A client's check of the server's answer against what it offered (RFC 7692 §7.1).
 * @param answered all extensions the server answered; others are passed over.
 * @param offered what `offerDeflate` gave, or `[]` if compression was not offered.
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
    return !('fault' in offeredParameters) && answers(parameters, offeredParameters);
  });
  if (!fits) {
    throw new CompressAnswerError(
      'ANSWER_UNACCEPTABLE',
      `the server's ${EXTENSION_NAME} answer fits none of the offers`,
    );
  }
  return {
    serverNoContextTakeover: parameters.serverNoContextTakeover,
    // RFC 7692 §7.1.1.2: a client need not use takeover where it may, nor (§7.1.2.2) all of its window.
    clientNoContextTakeover: parameters.clientNoContextTakeover || !options.clientContextTakeover,
    serverMaxWindowBits: parameters.serverMaxWindowBits ?? MAX_WINDOW_BITS,
    clientMaxWindowBits: Math.min(numberOrMax(parameters.clientMaxWindowBits), options.clientWindowBits),
  };
}

function accept(offer: DeflateParameters, options: ResolvedCompressOptions): DeflateAnswer {
  const agreement: DeflateAgreement = {
    // RFC 7692 §7.1.1.1: what the client asks for must be echoed; the server may also bind itself unasked.
    serverNoContextTakeover: offer.serverNoContextTakeover || !options.serverContextTakeover,
    // RFC 7692 §7.1.1.2: the server may bind the client whether or not the client hinted at it.
    clientNoContextTakeover: offer.clientNoContextTakeover || !options.clientContextTakeover,
    serverMaxWindowBits: Math.min(offer.serverMaxWindowBits ?? MAX_WINDOW_BITS, options.serverWindowBits),
    // RFC 7692 §7.1.2.2: a client that did not send the parameter may not be limited.
    clientMaxWindowBits:
      offer.clientMaxWindowBits === undefined
        ? MAX_WINDOW_BITS
        : Math.min(numberOrMax(offer.clientMaxWindowBits), options.clientWindowBits),
  };
  const { serverMaxWindowBits, clientMaxWindowBits } = agreement;
  // RFC 7692 §7.1.2.1: the server's limit must be answered when it was asked for, even if it is no limit. Otherwise a
  // limit that is none is left out, since some clients know the plain answer only.
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
function answers(answer: DeflateParameters, offer: DeflateParameters): boolean {
  // RFC 7692 §7.1.1.1: accepting the offer means including the parameter.
  if (offer.serverNoContextTakeover && !answer.serverNoContextTakeover) return false;
  // RFC 7692 §7.1.2.1: "with the same or smaller value"; unasked, the server may limit itself as it likes.
  if (
    offer.serverMaxWindowBits !== undefined &&
    (answer.serverMaxWindowBits === undefined || answer.serverMaxWindowBits > offer.serverMaxWindowBits)
  ) {
    return false;
  }
  if (answer.clientMaxWindowBits === undefined) return true;
  // RFC 7692 §7.1.2.2: only in answer to the same parameter, and "equal to or smaller than" its value.
  if (offer.clientMaxWindowBits === undefined) return false;
  return numberOrMax(answer.clientMaxWindowBits) <= numberOrMax(offer.clientMaxWindowBits);
}

function numberOrMax(bits: number | true | undefined): number {
  return typeof bits === 'number' ? bits : MAX_WINDOW_BITS;
}

function extension(parameters: DeflateParameters): Extension {
  return { name: EXTENSION_NAME, params: formatParameters(parameters) };
}
