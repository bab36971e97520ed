export { type DeflateAgreement, type DeflateDirection, inbound, outbound, type Role } from './agreement.js';
export { Deflater } from './deflater.js';
export type { DeflatingMessage } from './deflating-message.js';
export {
  type CompressAnswerCode,
  CompressAnswerError,
  CompressClosedError,
  type CompressOptionCode,
  CompressOptionError,
  DeflateError,
  InflateError,
  type InflateErrorCode,
} from './errors.js';
export { Inflater } from './inflater.js';
export type { InflatingMessage } from './inflating-message.js';
export { answerDeflate, checkDeflateAnswer, type DeflateAnswer, EXTENSION_NAME, offerDeflate } from './negotiate.js';
export {
  COMPRESS_KINDS,
  type CompressOptionKind,
  type CompressOptions,
  MAX_WINDOW_BITS,
  type PerDirection,
  type ResolvedCompressOptions,
  resolveCompressOptions,
  withoutContextTakeover,
} from './options.js';
export type { PartlyInflated } from './whole-message.js';
