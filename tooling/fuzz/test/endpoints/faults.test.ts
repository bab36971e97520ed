import { nodePlatform, type Platform } from '@webson/connection';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Arrival } from '../../src/endpoints/end.js';
import { type EndpointParts, soundEndpoints } from '../../src/endpoints/endpoint-case.js';
import { fuzzEndpoints } from '../../src/run.js';

const FOUND = /\n {2}repeat {4}FC_SEED=\d+, or --seed \d+/;

async function failureWith(parts: Partial<EndpointParts>): Promise<string | undefined> {
  const endpoints = { ...soundEndpoints, ...parts };
  const { failure } = await fuzzEndpoints({ cases: 500, seed: 1, endpoints, endOnFailure: true });
  return failure;
}

/** Changes one arrival, or its neighbourhood, of all that are long enough to tell. */
const TAMPERED: Record<string, (arrivals: readonly Arrival[]) => readonly Arrival[]> = {
  'the last message is lost': (arrivals) => arrivals.slice(0, -1),
  'one in the middle is lost': (arrivals) => arrivals.filter((_, index) => index !== 1),
  'one comes twice': (arrivals) => (arrivals[0] === undefined ? [] : [arrivals[0], ...arrivals]),
  'two change places': ([first, second, ...rest]) =>
    [second, first, ...rest].filter((one): one is Arrival => one !== undefined),
  'a byte is another': (arrivals) =>
    arrivals.map((one) => ({ ...one, payload: one.payload.map((byte, index) => (index === 9 ? byte ^ 1 : byte)) })),
  'a byte is missing': (arrivals) => arrivals.map((one) => ({ ...one, payload: one.payload.subarray(0, 300) })),
  'a type is another': (arrivals) => arrivals.map((one) => ({ ...one, type: one.type === 7 ? 3 : one.type })),
};

describe('a planted fault is found', () => {
  test.each(Object.entries(TAMPERED))('%s', { timeout: 240_000 }, async (_, arrivals) => {
    expect(await failureWith({ arrivals })).toMatch(FOUND);
  });

  test('a connection that does not get to its end is named, with how far it got', { timeout: 240_000 }, async () => {
    const failure = await failureWith({ deadline: 300, beforeEnding: () => new Promise(() => {}) });
    expect(failure).toMatch(/^hangs while closing\n {2}client +\d+ of \d+ said, \d+ settled there/);
    expect(failure).toMatch(FOUND);
  });
});

// What every connection of this process is built with, and one thing changed for the time of a test.
const shared = new Uint8Array(64 * 1024);
const PLATFORM_FAULTS: Record<string, Partial<Platform>> = {
  'copies of what sockets lend share their memory': { allocateShared: () => shared.subarray(0, 4096) },
  'memory is handed out twice': {
    allocate: (length) => (length > shared.length ? new Uint8Array(length) : shared.subarray(0, length)),
  },
  'all text is taken for ASCII': { readUtf8: (bytes) => Buffer.from(bytes).toString('latin1') },
};

describe('a fault of the platform is found over real sockets', () => {
  test.each(Object.entries(PLATFORM_FAULTS))('%s', { timeout: 240_000 }, async (_, change) => {
    const sound = Object.fromEntries(Object.keys(change).map((name) => [name, nodePlatform[name as keyof Platform]]));
    onTestFinished(() => void Object.assign(nodePlatform, sound));
    Object.assign(nodePlatform, change);
    expect(await failureWith({ deadline: 5000 })).toMatch(FOUND);
  });
});
