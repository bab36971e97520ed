import type { Buffer as NodeBuffer } from 'node:buffer';
import type { Platform } from '../../protocol/contract/platform.js';
import { buffer } from '../built-ins.js';
import { allocate } from './allocator.js';
import { nodeScanner } from './scanner/scanner.js';
import { allocateShared, pin } from './shared-memory.js';

const { Buffer, isAscii: isAsciiBytes, isUtf8 } = buffer;

/** From this many bytes on, finding out whether a text is ASCII pays: ASCII is decoded several times as fast. */
const ASCII_CHECK_FROM = 32;

/** From this many bytes on, making UTF-16 of the text first is two to five times as fast as V8's own decoder. */
const TRANSCODE_FROM = 512;
/** A Node without Intl does not have it. */
const transcode = buffer.transcode as typeof buffer.transcode | undefined;

/**
 * Methods of Buffer that take any array of bytes, as its documented ones do not: to make a Buffer of a short text takes
 * longer than to decode it.
 */
interface BufferMethods {
  latin1Slice?(start: number, end: number): string;
  utf8Slice?(start: number, end: number): string;
  utf8Write?(text: string, offset: number, length: number): number;
}

const { latin1Slice, utf8Slice, utf8Write } = Buffer.prototype as BufferMethods;

/** What Node does faster than portable code. */
export const nodePlatform: Platform = {
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
    // What is not UTF-8 becomes U+FFFD.
    return utf8Slice === undefined ? asBuffer(bytes).toString('utf8') : utf8Slice.call(bytes, 0, length);
  },
};

function asBuffer(bytes: Uint8Array): NodeBuffer {
  return bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
