import { describe, expect, test } from 'vitest';
import { nodePlatform } from 'webson';
import { fuzzConnections } from '../src/run.js';
import type { Parts } from '../src/subject.js';

// What the fuzzer is for: each of these is a connection with one thing wrong, which it has to find.
const platform = nodePlatform;
const shared = Buffer.alloc(1 << 20);
const FAULTS: Record<string, Parts> = {
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

describe('a planted fault is found', () => {
  test.each(Object.entries(FAULTS))('%s', { timeout: 120_000 }, async (_, parts) => {
    const { failure } = await fuzzConnections({ cases: 20_000, seed: 1, parts });
    expect(failure).toMatch(/minimised in \d+ steps\n {2}repeat {4}FC_SEED=/);
  });
});
