import { nodePlatform } from '@webson/connection';
import type { FrameScanner } from '@webson/frame';
import { describe, expect, test } from 'vitest';
import { fuzzConnections, fuzzDecoder } from '../src/run.js';
import type { Parts } from '../src/subject.js';

// What the fuzzer is for: each of these is a connection with one thing wrong, which it has to find.
const platform = nodePlatform;
const shared = Buffer.alloc(1 << 20);

// The scanner that sockets are read with, and one thing changed; all the rest goes on in the same memory.
function scannerWith(change: (sound: FrameScanner) => Partial<FrameScanner>): Parts {
  const sound = platform.scanner;
  if (sound === undefined) throw new Error('no scanner on this Node');
  return { platform: { ...platform, scanner: { ...sound, ...change(sound) } } };
}

const NOT_ALL_ASCII = 0x8000_0000;
const SCANNER_FAULTS: Record<string, Parts> = {
  'a scanner reads past the chunk': scannerWith(({ scan }) => ({
    scan: (from, end, ...rest) => scan(from, end + 6, ...rest),
  })),
  'a scanner writes past what it unmasks': scannerWith(({ mask }) => ({
    mask: (from, to, key) => mask(from, to + 1, key),
  })),
  'a scanner takes all for ASCII': scannerWith(({ scan, found }) => ({
    scan(...args) {
      const count = scan(...args);
      for (let i = 0; i < count; i++) found[2 * i + 1]! &= ~NOT_ALL_ASCII;
      return count;
    },
  })),
  'a scanner says that it stopped a byte early': scannerWith(({ stop }) => ({ stop: () => stop() - 1 })),
};

const DECODER_FAULTS: Record<string, Parts> = {
  ...SCANNER_FAULTS,
  'a view of a chunk that is lent is kept': { platform, keep: (part) => part },
  'copies of what is lent share their memory': {
    platform,
    keep(part) {
      shared.set(part);
      return shared.subarray(0, part.length);
    },
  },
};

const FAULTS: Record<string, Parts> = {
  ...SCANNER_FAULTS,
  'what is left of a chunk that is lent is kept without being copied': { platform, hidesLoans: true },
  'copies of what is lent share their memory': {
    // As few bytes as may be, so that they are needed again within one conversation.
    platform: { ...platform, allocateShared: () => shared.subarray(0, 4096) },
  },
  'text is not checked': { platform: { ...platform, isUtf8: () => true } },
  'memory is handed out twice': {
    platform: {
      ...platform,
      allocate: (length) => (length > shared.length ? new Uint8Array(length) : shared.subarray(0, length)),
    },
  },
  'text is measured in characters': {
    platform: {
      ...platform,
      utf8Length: (text) => text.length,
      writeUtf8: (target, offset, text) => Math.min(platform.writeUtf8(target, offset, text), text.length),
    },
  },
  'a byte order mark is dropped': {
    platform: { ...platform, readUtf8: (bytes, isAscii) => platform.readUtf8(bytes, isAscii).replace(/^\ufeff/, '') },
  },
  'one fragment more than allowed': {
    platform,
    limits: (limits) => ({ ...limits, maxFragments: limits.maxFragments + 1 }),
  },
  'one byte more than allowed': {
    platform,
    limits: (limits) => ({ ...limits, maxMessageSize: limits.maxMessageSize + 1 }),
  },
  'a byte is lost between chunks': { platform, incoming: (chunk) => (chunk.length === 7 ? chunk.subarray(1) : chunk) },
  'reserved bits are not looked at': {
    platform,
    incoming(chunk) {
      if (chunk.length > 0 && (chunk[0]! & 0x70) !== 0) chunk[0]! &= 0x8f;
      return chunk;
    },
  },
  'replies lose their FIN': {
    platform,
    outgoing(bytes) {
      if (bytes[0] === 0x82) bytes[0] = 0x02;
      return bytes;
    },
  },
  'payloads lose their last byte': {
    platform,
    payload: (payload) => payload.subarray(0, Math.min(payload.length, 124)),
  },
};

const FOUND = /minimised in \d+ steps\n {2}repeat {4}FC_SEED=/;

describe('a planted fault is found', () => {
  test.each(Object.entries(FAULTS))('%s', { timeout: 120_000 }, async (_, parts) => {
    const { failure } = await fuzzConnections({ cases: 100_000, seed: 1, parts });
    expect(failure).toMatch(FOUND);
  });

  test.each(Object.entries(DECODER_FAULTS))('in a decoder: %s', { timeout: 120_000 }, async (_, parts) => {
    const { failure } = await fuzzDecoder({ cases: 20_000, seed: 1, parts });
    expect(failure).toMatch(FOUND);
  });
});
