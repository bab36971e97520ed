import { CloseCode } from '@webson/frame';
import { ProtocolError, WebsonError } from './contract/errors.js';

/** The settings of one end that the two ends have to agree on out of band. */
export interface SharedSettings {
  isClient: boolean;
  /** True when a magic key replaces the GUID of RFC 6455 §1.3. */
  hasMagicKey?: boolean | undefined;
  privateMask?: Uint8Array | undefined;
  alwaysMask?: boolean | undefined;
  /** The custom message types that were registered before `start`. */
  opcodes?: readonly number[] | undefined;
  /** Set when streams are negotiated. */
  streams?: object | undefined;
  /** Set when the dialect of the Go kit is spoken. */
  go?: object | undefined;
}

const SAME_MAGIC_KEY = 'do both ends have the same magicKey?';
const SAME_PRIVATE_MASK = 'do both ends have the same privateMask?';
const SAME_ALWAYS_MASK = 'do both ends have the same alwaysMask?';
const SAME_TYPES = 'have both ends a handler for this type, registered before start?';
const NO_DIALECT = "is the peer built on the Go kit, and dialect: 'go' missing here?";
const WRONG_DIALECT = "is dialect: 'go' wrong here, for a peer that is not built on the Go kit?";
const FAILED_READER = 'did the reader of a DispatchReader of the Go peer fail?';

/** The faults that checks find in a payload that was unmasked with the wrong private mask. */
const GARBLED: ReadonlySet<string> = new Set([
  'UTF8_INVALID',
  'CLOSE_PAYLOAD_INVALID',
  'CLOSE_CODE_INVALID',
  'INFLATE_CORRUPT',
  'INFLATE_FAILED',
  'FLOW_MALFORMED',
]);

/** The faults that checks find in a garbled stream header, which is the only masked header. */
const GARBLED_STREAM: ReadonlySet<string> = new Set([
  'STREAM_ID_INVALID',
  'CANCEL_PAYLOAD',
  'MESSAGE_OPEN',
  'NO_MESSAGE',
  'TOO_MANY_STREAMS',
  'TOO_MANY_CANCELS',
  'STREAM_IDLE',
  'WINDOW_EXCEEDED',
]);

/** The close codes with which peers fail a connection because of such frames. */
const BLAMED: ReadonlySet<number> = new Set([
  CloseCode.ProtocolError,
  CloseCode.InvalidPayload,
  CloseCode.PolicyViolation,
]);

/** The close reasons that only the Go kit gives. */
const GO_REASONS: ReadonlySet<string> = new Set([
  'unrecognized fin or continue',
  'unrecognized rsv1',
  'unrecognized rsv2',
  'unrecognized rsv3',
  'client msg is not masked',
  'control frame is not complete',
  'msg size too small to contain stream id',
]);

/** The close reason that this kit gives for frames that repeat their opcode. */
const REPEATED = 'a new message before the last one ended';

/**
 * Returns `error`, or an error whose message also asks about the settings that may differ. The message of the latter is not for
 * the peer.
 */
export function explained(error: ProtocolError, settings: SharedSettings): ProtocolError {
  const question = questionOf(error.code, settings);
  if (question === undefined) return error;
  return new ProtocolError(error.code, error.closeCode, `${error.message}; ${question}`, { cause: error });
}

function questionOf(code: string, settings: SharedSettings): string | undefined {
  const { isClient, alwaysMask, streams, go } = settings;
  if (code === 'MASK_FORBIDDEN' || (code === 'MASK_REQUIRED' && isClient)) return SAME_ALWAYS_MASK;
  if (code === 'RESERVED_OPCODE') return SAME_TYPES;
  // Streams can only be negotiated when both ends speak the same dialect.
  if (code === 'MESSAGE_OPEN' && streams === undefined) return go === undefined ? NO_DIALECT : FAILED_READER;
  // Frames that a server does not mask cannot be garbled.
  const isMasked = settings.privateMask !== undefined && (!isClient || alwaysMask === true);
  const isGarbled = GARBLED.has(code) || (streams !== undefined && GARBLED_STREAM.has(code));
  return isMasked && isGarbled ? SAME_PRIVATE_MASK : undefined;
}

/** Returns why the peer may have failed the connection with `code`; undefined when no setting can be the cause. */
export function blamed(code: number, reason: string, settings: SharedSettings): WebsonError | undefined {
  const questions = BLAMED.has(code) ? questionsFor(code, reason, settings) : [];
  if (questions.length === 0) return undefined;
  const said = reason === '' ? '' : ` (${JSON.stringify(reason)})`;
  return new WebsonError('PEER_FAILED', `the peer failed the connection with ${code}${said}; ${questions.join(' ')}`);
}

// The questions, the likelier first.
function questionsFor(code: number, reason: string, settings: SharedSettings): string[] {
  const { isClient, privateMask, alwaysMask, opcodes = [], streams, go } = settings;
  const isViolation = code === CloseCode.ProtocolError;
  const isGoKit = GO_REASONS.has(reason);
  if (go === undefined && isGoKit) return [NO_DIALECT];
  if (go !== undefined && isViolation && streams === undefined && reason === REPEATED) return [WRONG_DIALECT];
  const questions: string[] = [];
  if (privateMask !== undefined && (isClient || alwaysMask === true)) questions.push(SAME_PRIVATE_MASK);
  if (isViolation && alwaysMask === true && !isClient) questions.push(SAME_ALWAYS_MASK);
  if (isViolation && opcodes.length > 0) questions.push(SAME_TYPES);
  const isUnexplained = questions.length === 0 && go !== undefined && streams === undefined && !isGoKit;
  return isViolation && isUnexplained ? [WRONG_DIALECT] : questions;
}

/**
 * Returns why a client that never sent anything may have left; undefined when there is no magic key that may differ.
 *
 * @param cause the error of the transport, if any.
 */
export function leftAtOnce({ isClient, hasMagicKey }: SharedSettings, cause?: Error): WebsonError | undefined {
  if (isClient || hasMagicKey !== true) return undefined;
  const options = cause === undefined ? {} : { cause };
  return new WebsonError('PEER_LEFT', `the client left before it sent anything; ${SAME_MAGIC_KEY}`, options);
}
