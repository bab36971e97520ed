import type { Buffer as NodeBuffer } from 'node:buffer';
import { FrameDecoder, maskPayload, privateMaskOf, writeHeader } from '@webson/frame';
import { V8_STACKS } from '../application/stacks.js';
import type { ConnectionPlatform } from '../connection-parts.js';
import { Anteroom } from '../lifecycle/anteroom.js';
import { endTrace } from '../lifecycle/end-trace.js';
import { INFLATING } from '../protocol/inbound/inflating.js';
import { QUESTIONS } from '../protocol/questions.js';
import { buffer } from './built-ins.js';
import { allocate } from './socket/allocator.js';
import { trace, warn } from './socket/reports.js';
import { nodeScanner } from './socket/scanner/scanner.js';
import { allocateShared, pin } from './socket/shared-memory.js';

const { Buffer, isAscii: isAsciiBytes, isUtf8 } = buffer;

/** From this many bytes on it pays to check whether a text is ASCII, which is decoded several times as fast. */
const ASCII_CHECK_FROM = 32;

/** From this many bytes on it is two to five times as fast as V8's own decoder to convert a text to UTF-16 first. */
const TRANSCODE_FROM = 512;
/** Undefined in a Node that was built without Intl. */
const transcode = buffer.transcode as typeof buffer.transcode | undefined;

/**
 * Undocumented methods of Buffer that work on any Uint8Array. For a short text, wrapping its bytes in a Buffer takes longer than
 * decoding it.
 */
interface BufferMethods {
  latin1Slice?(start: number, end: number): string;
  utf8Slice?(start: number, end: number): string;
  utf8Write?(text: string, offset: number, length: number): number;
}

const { latin1Slice, utf8Slice, utf8Write } = Buffer.prototype as BufferMethods;

/** The platform of Node: operations that it does faster than portable code. */
export const nodePlatform: ConnectionPlatform = {
  get scanner() {
    return nodeScanner();
  },
  allocate,
  allocateShared,
  pin,
  utf8Length: (text) => Buffer.byteLength(text, 'utf8'),
  writeUtf8(target, offset, text) {
    if (utf8Write === undefined) return asBuffer(target).write(text, offset, 'utf8');
    return utf8Write.call(target, text, offset, target.length - offset);
  },
  isUtf8: (bytes) => isUtf8(bytes),
  readUtf8(bytes, isAscii) {
    const { length } = bytes;
    if (isAscii || (length >= ASCII_CHECK_FROM && isAsciiBytes(bytes))) {
      return latin1Slice === undefined ? asBuffer(bytes).toString('latin1') : latin1Slice.call(bytes, 0, length);
    }
    if (length >= TRANSCODE_FROM && transcode !== undefined && isUtf8(bytes)) {
      return transcode(bytes, 'utf8', 'utf16le').toString('utf16le');
    }
    // Bytes that are not UTF-8 become U+FFFD.
    return utf8Slice === undefined ? asBuffer(bytes).toString('utf8') : utf8Slice.call(bytes, 0, length);
  },
  createDecoder: (options) => new FrameDecoder(options),
  masking: { writeHeader, maskPayload, privateMaskOf },
  watch: (transport, options, onGone) => new Anteroom(transport, options, onGone),
  inflating: INFLATING,
  questions: QUESTIONS,
  stacks: V8_STACKS,
  warn,
  trace,
  traceEnd: trace && endTrace(trace),
};

function asBuffer(bytes: Uint8Array): NodeBuffer {
  return bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
