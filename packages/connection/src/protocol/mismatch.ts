import { CloseCode } from '@webson/frame';
import { ProtocolError, WebsonError } from './errors.js';

/** What the two ends have to agree on out of band, as one end has it. */
export interface SharedSettings {
  isClient: boolean;
  /** A magic key stands in for the GUID of RFC 6455. */
  hasMagicKey?: boolean | undefined;
  privateMask?: Uint8Array | undefined;
  alwaysMask?: boolean | undefined;
  /** Types of one's own, registered before `start`. */
  opcodes?: readonly number[] | undefined;
}

const SAME_MAGIC_KEY = 'do both ends have the same magicKey?';
const SAME_PRIVATE_MASK = 'do both ends have the same privateMask?';
const SAME_ALWAYS_MASK = 'do both ends have the same alwaysMask?';
const SAME_TYPES = 'have both ends a handler for this type, registered before start?';

/** What becomes of a frame under the wrong private mask, where a check can tell. */
const GARBLED: ReadonlySet<string> = new Set([
  'UTF8_INVALID',
  'STREAM_ID_INVALID',
  'CANCEL_PAYLOAD',
  'MESSAGE_OPEN',
  'NO_MESSAGE',
  'TOO_MANY_STREAMS',
  'TOO_MANY_CANCELS',
  'STREAM_IDLE',
  'CLOSE_PAYLOAD_INVALID',
  'CLOSE_CODE_INVALID',
  'INFLATE_CORRUPT',
  'INFLATE_FAILED',
  'FLOW_MALFORMED',
  'WINDOW_EXCEEDED',
]);

/** What the peers that get to see such frames fail a connection with. */
const BLAMED: ReadonlySet<number> = new Set([
  CloseCode.ProtocolError,
  CloseCode.InvalidPayload,
  CloseCode.PolicyViolation,
]);

/** `error`, with what to check in its message if the two ends may have different settings; it is not for the peer to read. */
export function explained(error: ProtocolError, settings: SharedSettings): ProtocolError {
  const question = questionOf(error.code, settings);
  if (question === undefined) return error;
  return new ProtocolError(error.code, error.closeCode, `${error.message}; ${question}`, { cause: error });
}

function questionOf(code: string, { isClient, privateMask, alwaysMask }: SharedSettings): string | undefined {
  if (code === 'MASK_FORBIDDEN' || (code === 'MASK_REQUIRED' && isClient)) return SAME_ALWAYS_MASK;
  if (code === 'RESERVED_OPCODE') return SAME_TYPES;
  // What a server does not mask is not garbled.
  const isMasked = !isClient || alwaysMask === true;
  return isMasked && privateMask !== undefined && GARBLED.has(code) ? SAME_PRIVATE_MASK : undefined;
}

/** Why the peer may have failed the connection with `code`: only when something was to be agreed on that it can have missed. */
export function blamed(code: number, reason: string, settings: SharedSettings): WebsonError | undefined {
  if (!BLAMED.has(code)) return undefined;
  const { isClient, privateMask, alwaysMask, opcodes = [] } = settings;
  const questions: string[] = [];
  if (privateMask !== undefined && (isClient || alwaysMask === true)) questions.push(SAME_PRIVATE_MASK);
  if (code === CloseCode.ProtocolError && alwaysMask === true && !isClient) questions.push(SAME_ALWAYS_MASK);
  if (code === CloseCode.ProtocolError && opcodes.length > 0) questions.push(SAME_TYPES);
  if (questions.length === 0) return undefined;
  const said = reason === '' ? '' : ` (${JSON.stringify(reason)})`;
  return new WebsonError('PEER_FAILED', `the peer failed the connection with ${code}${said}; ${questions.join(' ')}`);
}

/** Why a client that never sent anything may have left: only when there is a magic key that it can have missed. */
export function leftAtOnce({ isClient, hasMagicKey }: SharedSettings): WebsonError | undefined {
  if (isClient || hasMagicKey !== true) return undefined;
  return new WebsonError('PEER_LEFT', `the client left before it sent anything; ${SAME_MAGIC_KEY}`);
}
