import { describe, expect, test } from 'vitest';
import { runCases } from '../dist/run.js';
import { type Plan, withRoom } from '../src/plan.js';
import type { Plant } from '../src/plant.js';

// What the model is for: each of these is a connection with one thing wrong between it and its socket or its handlers, as a
// connection could have it inside. It has to be found although there is room for everything, and for what it is.
const FAULTS: Record<string, { plant: Plant; what: RegExp }> = {
  'nothing is read while a handler is pending': {
    plant: { listens: ({ pending }) => pending === 0 },
    what: /has stopped reading/,
  },
  'nothing is read while a handler is pending, once the end has begun': {
    plant: { listens: ({ pending, isEnding }) => pending === 0 || !isEnding },
    what: /has stopped reading|does not end/,
  },
  'that all is written is not told, once': {
    plant: { drains: (count) => count !== 2 },
    what: /waits for ever|does not end/,
  },
  'pings are not answered': {
    plant: { alter: (connection) => void connection.onMessage(9, () => {}) },
    what: /a ping of the (client|server) is not answered/,
  },
  'a message is lost': {
    plant: { hands: (place) => (place === 3 ? 'never' : 'once') },
    what: /waits for ever|did not come/,
  },
  'a message comes twice': { plant: { hands: (place) => (place === 3 ? 'twice' : 'once') }, what: /came twice/ },
  'a byte is another': {
    plant: { reads: (content) => content.map((byte, i) => (i === 2000 ? byte ^ 1 : byte)) },
    what: /has other bytes than were sent/,
  },
  'a byte is missing': { plant: { reads: (content) => content.subarray(0, 5000) }, what: /has 5000 of \d+ bytes/ },
};

// What does not belong to RFC 6455 has faults of its own to be found.
function adapt(plan: Plan): Plan {
  return { ...withRoom(plan), protocol: plan.protocol.startsWith('go') ? 'plain' : plan.protocol, compress: false };
}

describe('a planted fault is found', () => {
  test.each(Object.entries(FAULTS))('%s', { timeout: 300_000 }, async (_, { plant, what }) => {
    const { failure } = await runCases({ cases: 3000, seed: 1, adapt, plant });
    expect(failure).toMatch(what);
    expect(failure).toMatch(/minimised in \d+ steps\n {2}repeat {4}SEED=/);
  });
});

test('and none where none was planted', { timeout: 300_000 }, async () => {
  expect((await runCases({ cases: 1000, seed: 1, adapt })).failure).toBeUndefined();
});
