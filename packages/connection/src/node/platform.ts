import { Buffer, isAscii as isAsciiBytes, isUtf8 } from 'node:buffer';
import { markAsUntransferable } from 'node:worker_threads';
import type { Platform } from '../protocol/platform.js';
import { allocate } from './allocator.js';

/** From this many bytes on, finding out whether a text is ASCII pays: ASCII is decoded several times as fast. */
const ASCII_CHECK_FROM = 32;

/** What Node does faster than portable code. */
export const nodePlatform: Platform = {
  allocate,
  allocateShared(length) {
    const memory = allocate(length);
    markAsUntransferable(memory.buffer);
    return memory;
  },
  utf8Length: (text) => Buffer.byteLength(text, 'utf8'),
  writeUtf8(target, offset, text) {
    asBuffer(target).write(text, offset, 'utf8');
  },
  isUtf8: (bytes) => isUtf8(bytes),
  readUtf8(bytes, isAscii) {
    const ascii = isAscii || (bytes.length >= ASCII_CHECK_FROM && isAsciiBytes(bytes));
    return asBuffer(bytes).toString(ascii ? 'latin1' : 'utf8');
  },
};

function asBuffer(bytes: Uint8Array): Buffer {
  return bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
