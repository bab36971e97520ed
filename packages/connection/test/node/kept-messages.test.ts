import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { dial } from '../../src/node/dial.js';
import { serve } from '../../src/node/serve.js';
import { MessageType } from '../../src/status.js';
import { pattern } from '../support/frames.js';
import { propertyTest } from '../support/property.js';
import { turns } from '../support/turns.js';
import { expectNothingLeft } from './harness.js';

expectNothingLeft();

// Around the sizes at which something is done in another way: a slab, memory of its own, a read, a block, by reference.
const size = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 200 }) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 10_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 60_000, max: 200_000 }) },
  { weight: 1, arbitrary: fc.constantFrom(4095, 4096, 4097, 8192, 65_522, 65_535, 65_536, 131_071, 131_072) },
);
/** Messages dispatched in one turn. */
const burst = fc.array(size, { minLength: 1, maxLength: 30 });
const script = fc.record({
  bursts: fc.array(burst, { minLength: 1, maxLength: 8 }),
  clients: fc.integer({ min: 1, max: 3 }),
});

async function collect(source: AsyncIterable<Uint8Array>, pieces: Uint8Array[]): Promise<void> {
  for await (const piece of source) pieces.push(piece);
}

describe.each([
  ['directly', { directSockets: true }],
  ['through the stream', { directSockets: false }],
  ['directly, read while they arrive', { directSockets: true, triggerOnStart: true }],
  ['through the stream, read while they arrive', { directSockets: false, triggerOnStart: true }],
])('sockets used %s', (_name, options) => {
  propertyTest(
    'what handlers keep is what was sent, however much came later',
    15,
    fc.asyncProperty(script, async ({ bursts, clients }) => {
      const keptByServer: Uint8Array[][][] = [];
      const server = await serve({ host: '127.0.0.1', ...options }, (connection) => {
        const kept: Uint8Array[][] = [];
        keptByServer.push(kept);
        let replied = Promise.resolve();
        connection.onMessage(MessageType.Binary, (message, adapter) => {
          const pieces: Uint8Array[] = [];
          kept.push(pieces);
          if (message.isComplete) pieces.push(message.read());
          const all = message.isComplete ? Promise.resolve() : collect(message.readIter(), pieces);
          // Messages may end in another order than they began: the replies may not.
          replied = Promise.all([all, replied]).then(() => {
            adapter.dispatch(message.type, Buffer.concat(pieces));
          });
          return replied;
        });
      });
      const sent = bursts.flat().map((length, i) => pattern(length, i));
      const keptByClients = await Promise.all(
        Array.from({ length: clients }, async () => {
          const connection = await dial(server.url, options);
          const kept: Uint8Array[][] = [];
          let onLast = (): void => {};
          const isDone = new Promise<void>((resolve) => {
            onLast = resolve;
          });
          connection.onMessage(MessageType.Binary, async (message) => {
            const pieces: Uint8Array[] = [];
            kept.push(pieces);
            await message.completed();
            pieces.push(message.read());
            if (kept.length === sent.length && kept.every(({ length }) => length === 1)) onLast();
          });
          const ended = connection.start();
          let at = 0;
          for (const { length } of bursts) {
            for (const message of sent.slice(at, at + length)) {
              connection.dispatch(MessageType.Binary, message);
            }
            at += length;
            await turns(1);
          }
          await isDone;
          connection.close();
          await ended;
          return kept;
        }),
      );
      await server.close();
      for (const pieces of [...keptByServer, ...keptByClients]) {
        const kept = pieces.map((piecesOfOne) => Buffer.concat(piecesOfOne));
        expect(kept.map(({ length }) => length)).toEqual(sent.map(({ length }) => length));
        expect(kept.every((bytes, i) => Buffer.compare(bytes, sent[i]!) === 0)).toBe(true);
      }
    }),
  );
});
