import { describe, expect, test } from 'vitest';
import { expectNothingLeft } from '../node/harness.js';
import { concat, pattern } from '../support/frames.js';
import { deflated } from '../support/hostile-deflate.js';
import { DEFLATE, meet, ROLES } from '../support/hostile-peer.js';
import { turns } from '../support/turns.js';

// How much of a flood is done before the event loop goes round: it is counted, for how long it takes depends on the machine.
expectNothingLeft();

const COUNT = 12_000;

interface Kind {
  name: string;
  opcode: number;
  payload: Uint8Array;
  rsv?: number;
  options?: object;
  /** In one turn: a share, and what was left of the one before; of small messages a run more. */
  most: number;
}

const kinds: Kind[] = [
  { name: 'messages of one byte', opcode: 2, payload: pattern(1), most: 2 * (3072 + 1024) },
  { name: 'pings', opcode: 9, payload: pattern(0), most: 2 * 768 },
  { name: 'compressed messages of one byte', opcode: 2, payload: deflated(1), rsv: 4, most: 2 * 150 },
  {
    name: 'compressed messages that are told as they arrive',
    opcode: 2,
    payload: deflated(1),
    rsv: 4,
    most: 2 * 100,
    options: { triggerOnStart: true },
  },
];

describe.each(ROLES)('a %s', (role) => {
  test.each(kinds)('$name', async ({ opcode, payload, rsv, options, most }) => {
    let inTurn = 0;
    let total = 0;
    let longest = 0;
    const { peer } = await meet(role, {
      ...(rsv === undefined ? {} : { enableCompress: true, header: DEFLATE }),
      ...options,
      setUp: (each) =>
        void each.onMessage(opcode, (message) => {
          inTurn++;
          total++;
          return message.completed();
        }),
    });
    peer.send(concat(Array.from({ length: COUNT }, () => peer.frame(opcode, payload, { rsv: rsv ?? 0 }))));
    while (total < COUNT && !peer.hasClosed) {
      await turns(1);
      longest = Math.max(longest, inTurn);
      inTurn = 0;
    }
    expect(total).toBe(COUNT);
    expect(longest).toBeLessThanOrEqual(most);
  });
});
