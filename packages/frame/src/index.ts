export { CloseCode, isSendableCloseCode } from './close-code.js';
export { decodeClosePayload, encodeClosePayload } from './close-payload.js';
export { FrameDecoder } from './decoder.js';
export { DEFAULT_MAX_PAYLOAD_SIZE, type FrameDecoderOptions } from './decoder-options.js';
export {
  type EncodeOptions,
  encodeFrame,
  encodeFrameInto,
  frameLength,
  maskPayload,
  type OutgoingFrame,
  writeHeader,
} from './encoder.js';
export { FrameError, type FrameErrorCode } from './frame-error.js';
export type { FrameSink } from './frame-sink.js';
export { CANCEL_BIT, type FrameHeader, MAX_STREAM_ID, Rsv } from './header.js';
export { headerLength, MAX_CONTROL_PAYLOAD, MAX_HEADER_LENGTH, STREAM_HEADER_LENGTH } from './length.js';
export { isControlOpcode, Opcode } from './opcode.js';
export type { PayloadMemory } from './payload-memory.js';
export { applyMask, checkPrivateMask, type PrivateMask, privateMaskOf, widenMaskingKey } from './private-mask.js';
export type { FrameScanner } from './scanner.js';
export { writeUnmaskedHeader } from './unmasked-header.js';
export { isValidUtf8, type Utf8Check, Utf8Validator } from './utf8.js';
export { WholeFrameDecoder, type WholeFrameDecoderOptions } from './whole-frame-decoder.js';
