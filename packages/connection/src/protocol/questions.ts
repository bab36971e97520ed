import { CloseCode } from '@webson/frame';
import { WebsonError } from './contract/errors.js';
import { type Questions, SAME_TYPES, type SharedSettings } from './contract/shared-settings.js';

const SAME_MAGIC_KEY = 'do both ends have the same magicKey?';
const SAME_PRIVATE_MASK = 'do both ends have the same privateMask?';
const SAME_ALWAYS_MASK = 'do both ends have the same alwaysMask?';
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

/** The questions about the settings that a page has not: keys, masks and dialects. */
export const QUESTIONS: Questions = { about, aboutFailure, leftAtOnce };

function about(code: string, settings: SharedSettings): string | undefined {
  const { isClient, alwaysMask, streams, go } = settings;
  if (code === 'MASK_FORBIDDEN' || (code === 'MASK_REQUIRED' && isClient)) return SAME_ALWAYS_MASK;
  // Streams can only be negotiated when both ends speak the same dialect.
  if (code === 'MESSAGE_OPEN' && streams === undefined) return go === undefined ? NO_DIALECT : FAILED_READER;
  // Frames that a server does not mask cannot be garbled.
  const isMasked = settings.privateMask !== undefined && (!isClient || alwaysMask === true);
  const isGarbled = GARBLED.has(code) || (streams !== undefined && GARBLED_STREAM.has(code));
  return isMasked && isGarbled ? SAME_PRIVATE_MASK : undefined;
}

function aboutFailure(code: number, reason: string, settings: SharedSettings): string[] {
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

function leftAtOnce({ isClient, hasMagicKey }: SharedSettings, cause?: Error): WebsonError | undefined {
  if (isClient || hasMagicKey !== true) return undefined;
  const options = cause === undefined ? {} : { cause };
  return new WebsonError('PEER_LEFT', `the client left before it sent anything; ${SAME_MAGIC_KEY}`, options);
}
