import { Deflater, resolveCompressOptions } from '@webson/compress';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { Connection } from '../../src/connection.js';
import type { Message } from '../../src/message.js';
import { dial } from '../../src/node/client/dial.js';
import type { ConnectionOptions } from '../../src/options/options.js';
import type { CloseInfo } from '../../src/protocol/close-info.js';
import { MessageType } from '../../src/status.js';
import { meet, ROLES } from '../support/hostile-peer.js';
import { propertyTest } from '../support/property.js';
import { turns } from '../support/turns.js';
import { expectNothingLeft, serveForTest } from './harness.js';

expectNothingLeft();

const { Binary } = MessageType;

afterEach(() => turns(2));

/** How a handler reads its message: at once, chunk by chunk with pauses, when the connection has ended; or it leaves it. */
const PACES = ['completed', 'slow', 'late', 'late completed', 'left', 'left late'] as const;
type Pace = (typeof PACES)[number];

/** What was read of a message, or why it was not. */
type Outcome = Buffer | 'left' | Error;

async function read(message: Message, pace: Pace, end: Promise<unknown>): Promise<Outcome> {
  try {
    if (pace.includes('late')) await end;
    if (pace.includes('completed')) return Buffer.from((await message.completed()).read());
    const chunks: Uint8Array[] = [];
    for await (const chunk of message.readIter()) {
      chunks.push(chunk);
      await turns(1);
      if (pace.startsWith('left')) return 'left';
    }
    return Buffer.concat(chunks);
  } catch (error) {
    return error as Error;
  }
}

/** A message that shrinks, in which no part is like another. */
function lines(seed: number, length: number): Buffer {
  let text = '';
  for (let i = 0; text.length < length; i++) text += `${seed} ${(i * 7919 * (seed + 1)) % 100_003}, the same again;`;
  return Buffer.from(text.slice(0, length));
}

/** Reads messages as they begin, each at the pace of its place. */
class Readers {
  readonly outcomes: Promise<Outcome>[] = [];
  readonly #end: Promise<unknown>;
  #resolveEnd!: (value: unknown) => void;

  constructor(connection: Connection, paces: readonly Pace[]) {
    this.#end = new Promise((resolve) => {
      this.#resolveEnd = resolve;
    });
    connection.onMessage(Binary, (message) => {
      const outcome = read(message, paces[this.outcomes.length] ?? 'slow', this.#end);
      this.outcomes.push(outcome);
      return outcome;
    });
  }

  async ended(end: Promise<CloseInfo>): Promise<CloseInfo> {
    const info = await end;
    await turns(3);
    this.#resolveEnd(undefined);
    return info;
  }
}

function expectRead(outcome: Outcome, sent: Buffer, pace: Pace): void {
  if (pace.startsWith('left') && sent.length > 0) {
    expect(outcome).toBe('left');
    return;
  }
  expect(outcome).toBeInstanceOf(Buffer);
  expect((outcome as Buffer).length).toBe(sent.length);
  expect(Buffer.compare(outcome as Buffer, sent)).toBe(0);
}

describe.each<[string, ConnectionOptions]>([
  ['with takeover', { enableCompress: { threshold: 0, contextTakeover: true } }],
  ['without takeover', { enableCompress: { threshold: 0 } }],
  ['on streams', { enableCompress: { threshold: 0 }, enableStreams: true }],
])('%s', (_, options) => {
  const step = fc.record({
    length: fc.oneof(fc.nat(200), fc.integer({ min: 0, max: 400_000 })),
    pace: fc.constantFrom(...PACES),
    isCut: fc.boolean(),
  });
  propertyTest(
    'what was sent whole is read whole, whoever ends the connection, whatever happens to the messages before it',
    25,
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 6 }),
      fc.constantFrom('client', 'server'),
      async (steps, closer) => {
        const settings = { pingInterval: 0, triggerOnStart: true, ...options };
        let onStarted!: (started: [Connection, Readers, Promise<CloseInfo>]) => void;
        const started = new Promise<[Connection, Readers, Promise<CloseInfo>]>((resolve) => {
          onStarted = resolve;
        });
        const server = await serveForTest({ ...settings, port: 0 }, (connection) => {
          const readers = new Readers(
            connection,
            steps.map(({ pace }) => pace),
          );
          onStarted([connection, readers, readers.ended(connection.start())]);
        });
        const client = await dial(server.url, settings);
        const clientEnd = client.start();
        const [connection, readers, serverEnd] = await started;
        const sent = steps.map(({ length }, i) => lines(i, length));
        for (const [i, { isCut }] of steps.entries()) {
          const bytes = sent[i]!;
          const half = bytes.length >> 1;
          // One after the other, so that the places are those of the messages.
          if (isCut && half > 0) await client.dispatchReader(Binary, [bytes.subarray(0, half), bytes.subarray(half)]);
          else client.dispatch(Binary, bytes);
          while (options.enableStreams === true && readers.outcomes.length <= i) await turns(1);
        }
        if (closer === 'server') while (readers.outcomes.length < steps.length) await turns(1);
        (closer === 'server' ? connection : client).close(1000);
        const infos = await Promise.all([clientEnd, serverEnd]);
        expect(infos).toMatchObject([{ wasClean: true }, { wasClean: true }]);
        while (readers.outcomes.length < steps.length) await turns(1);
        const outcomes = await Promise.all(readers.outcomes);
        for (const [i, { pace }] of steps.entries()) expectRead(outcomes[i]!, sent[i]!, pace);
        await server.close();
      },
    ),
  );
});

describe.each(ROLES)('towards a peer that ends without a Close, as a %s', (role) => {
  test.each([true, false])(
    'what has come whole is read whole, what has not is ClosedError, takeover: %s',
    async (contextTakeover) => {
      const deflater = new Deflater({ contextTakeover, windowBits: 15 }, resolveCompressOptions());
      const sent = [300_000, 100, 200_000, 50_000].map((length, i) => lines(i, length));
      let readers!: Readers;
      const { closed, peer } = await meet(role, {
        enableCompress: { contextTakeover },
        triggerOnStart: true,
        header: `Sec-WebSocket-Extensions: permessage-deflate${contextTakeover ? '' : '; server_no_context_takeover; client_no_context_takeover'}\r\n`,
        setUp: (connection) => {
          readers = new Readers(connection, ['slow', 'slow', 'late', 'slow']);
        },
      });
      const frames = sent.slice(0, 3).map((bytes) => peer.frame(2, deflater.deflate(bytes), { rsv: 4 }));
      const last = deflater.deflate(sent[3]!);
      peer.send(...frames, peer.frame(2, last.subarray(0, last.length >> 1), { rsv: 4, fin: false }));
      peer.socket.end();
      expect(await readers.ended(closed)).toMatchObject({ code: 1006 });
      const outcomes = await Promise.all(readers.outcomes);
      for (const [i, bytes] of sent.slice(0, 3).entries()) expectRead(outcomes[i]!, bytes, 'slow');
      expect(outcomes[3]).toMatchObject({ name: 'ClosedError' });
    },
  );
});

test('a message that is corrupt ends with what follows it; those before it are read', async () => {
  const deflater = new Deflater({ contextTakeover: true, windowBits: 15 }, resolveCompressOptions());
  const sent = [300_000, 200_000, 100].map((length, i) => lines(i, length));
  const payloads = sent.map((bytes) => deflater.deflate(bytes));
  payloads[1]!.fill(0xff, 100);
  const outcomes: Promise<Outcome>[] = [];
  let onAll!: () => void;
  const all = new Promise<void>((resolve) => {
    onAll = resolve;
  });
  const { closed, peer } = await meet('server', {
    enableCompress: { contextTakeover: true },
    triggerOnStart: true,
    header: 'Sec-WebSocket-Extensions: permessage-deflate\r\n',
    setUp: (connection) => {
      connection.onMessage(Binary, (message) => {
        const outcome = all.then(() => read(message, 'slow', all));
        if (outcomes.push(outcome) === 3) onAll();
        return outcome;
      });
    },
  });
  peer.send(...payloads.map((payload) => peer.frame(2, payload, { rsv: 4 })));
  expect(await peer.closing()).toMatchObject({ code: 1007 });
  await closed;
  const [first, ...others] = await Promise.all(outcomes);
  expectRead(first!, sent[0]!, 'slow');
  expect(others).toMatchObject([{ closeCode: 1007 }, { closeCode: 1007 }]);
});

test('readers that wait for each other in the other order do not wait for ever', async () => {
  const deflater = new Deflater({ contextTakeover: true, windowBits: 15 }, resolveCompressOptions());
  const sent = [300_000, 200_000, 100_000].map((length, i) => lines(i, length));
  const outcomes: Outcome[] = [];
  const messages: Message[] = [];
  let onAll!: () => void;
  const all = new Promise<void>((resolve) => {
    onAll = resolve;
  });
  const { connection, closed, peer } = await meet('server', {
    enableCompress: { contextTakeover: true },
    triggerOnStart: true,
    header: 'Sec-WebSocket-Extensions: permessage-deflate\r\n',
    setUp: (each) => {
      each.onMessage(Binary, (message) => {
        if (messages.push(message) === 3) onAll();
        return closed;
      });
    },
  });
  peer.send(...sent.map((bytes) => peer.frame(2, deflater.deflate(bytes), { rsv: 4 })));
  await all;
  for (const message of messages.toReversed()) outcomes.unshift(await read(message, 'slow', closed));
  for (const [i, bytes] of sent.entries()) expectRead(outcomes[i]!, bytes, 'slow');
  connection.close();
  peer.send(peer.frame(8));
  await closed;
});
