import { CloseCode, MAX_CONTROL_PAYLOAD } from '@webson/frame';
import { ProtocolError } from '../protocol/contract/errors.js';
import { wholeFrame } from './whole-frame.js';

/** The opcode of the frame with the parameters: a control frame, and the first of each side. */
const PARAMETERS_OPCODE = 0xe;
const FIN = 0x80;

/** Encodes the first frame of a side, which has its parameters as ASCII text. */
export function encodeParameters(text: string): Uint8Array {
  return wholeFrame(
    PARAMETERS_OPCODE,
    Uint8Array.from(text, (char) => char.charCodeAt(0)),
  );
}

/**
 * Takes the first frame off the first message of the peer.
 *
 * @returns its text, and the frames that follow it in the message.
 * @throws ProtocolError 1002 when it is not a whole frame with parameters.
 */
export function decodeParameters(message: Uint8Array | string): { text: string; rest: Uint8Array } {
  const [first = 0, length = 0] = typeof message === 'string' ? [] : message;
  const end = 2 + length;
  if (typeof message === 'string' || first !== (FIN | PARAMETERS_OPCODE) || length > MAX_CONTROL_PAYLOAD) {
    throw malformed('expected, got something else');
  }
  if (message.length < end) throw malformed('are cut short');
  return { text: String.fromCharCode(...message.subarray(2, end)), rest: message.subarray(end) };
}

function malformed(what: string): ProtocolError {
  return new ProtocolError('BAD_PARAMETERS', CloseCode.ProtocolError, `the parameters of the inner protocol ${what}`);
}
