import { bytesOf, concat, isEqual, pattern, Random, textOf } from '../../bytes.js';
import { inNextTurn, turns } from '../../turns.js';
import { CLAUSE, type TransportCase } from '../transport-case.js';
import { must, mustBe, type Side } from '../trial.js';

const MIB = 1024 * 1024;
const PIECE = 64 * 1024;
/** More bytes than the buffers of any transport hold. */
const FLOOD = 64 * MIB;

/** `write`, `onData` and `onDrain`. */
export const writing: readonly TransportCase[] = [
  {
    name: 'both ways',
    expected: 'bytes arrive, in both directions',
    proves: CLAUSE.order,
    async run({ left, right }) {
      left.start();
      right.start();
      left.transport.write([bytesOf('to the right')]);
      right.transport.write([bytesOf('to the left')]);
      await right.received(12);
      await left.received(11);
      mustBe(textOf(right.sink.bytes), 'to the right', 'on the right');
      mustBe(textOf(left.sink.bytes), 'to the left', 'on the left');
    },
  },
  {
    name: 'parts',
    expected: 'the parts of one write arrive in their order',
    proves: CLAUSE.order,
    async run({ left, right }) {
      left.start();
      right.start();
      await left.write(bytesOf('one '), bytesOf(''), bytesOf('two '), bytesOf('three'));
      await left.write();
      await left.write(bytesOf(' four'));
      await right.received(18);
      mustBe(textOf(right.sink.bytes), 'one two three four', 'what arrived');
    },
  },
  {
    name: 'however it is cut',
    expected: 'what is written is what arrives, both ways at once, however it is cut, whoever pauses',
    proves: CLAUSE.order,
    rounds: 20,
    async run({ left, right, seed }) {
      const random = new Random(seed);
      left.start();
      right.start();
      if (random.below(2) === 0) {
        right.sink.onChunk = () => {
          right.transport.pause();
          inNextTurn(() => right.transport.resume());
        };
      }
      const toRight = writesOf(random);
      const toLeft = writesOf(random);
      await Promise.all([writeEach(left, toRight), writeEach(right, toLeft)]);
      left.transport.end();
      right.transport.end();
      await right.closed();
      await left.closed();
      must(isEqual(right.sink.bytes, concat(toRight.flat())), 'other bytes than were written came to the right');
      must(isEqual(left.sink.bytes, concat(toLeft.flat())), 'other bytes than were written came to the left');
    },
  },
  {
    name: 'memory of the reader',
    expected: 'whoever receives a chunk that is not lent owns its memory',
    proves: CLAUSE.owned,
    async run({ left, right }) {
      left.start();
      right.start();
      const copies: Uint8Array[] = [];
      right.sink.onChunk = (chunk) => copies.push(new Uint8Array(chunk));
      const content = pattern(3 * MIB, 1);
      await left.writeAll(content, PIECE);
      await right.received(content.length);
      const { chunks } = right.sink;
      must(
        chunks.every((chunk, i) => isEqual(chunk, copies[i] as Uint8Array)),
        'a chunk that is not lent has changed after it was received',
      );
    },
  },
  {
    name: 'memory of the writer',
    expected: 'the memory is free again when `write` said true, or with `onDrain`',
    proves: CLAUSE.taken,
    async run({ left, right }) {
      left.start();
      right.start();
      const memory = new Uint8Array(PIECE);
      const count = 64;
      for (let i = 0; i < count; i++) {
        memory.fill(i);
        await left.write(memory);
        memory.fill(0xff);
      }
      await right.received(count * PIECE);
      const { bytes } = right.sink;
      for (let i = 0; i < count; i++) {
        const piece = bytes.subarray(i * PIECE, (i + 1) * PIECE);
        must(
          piece.every((byte) => byte === i),
          `piece ${i} changed when its memory was used again`,
        );
      }
    },
  },
  {
    name: 'false when full',
    expected: '`write` says false when the other side does not read, and `onDrain` comes once when it does',
    proves: CLAUSE.full,
    async run({ left, right }) {
      left.start();
      right.start();
      right.transport.pause();
      const piece = pattern(PIECE, 2);
      let written = 0;
      // Writes until `onDrain` does not come within some turns: then the transport is full, and not only slow.
      for (;;) {
        const { drains } = left.sink;
        const isTaken = left.transport.write([piece]);
        written += piece.length;
        must(written < FLOOD, `\`write\` took ${FLOOD} bytes that nobody reads`);
        if (isTaken) continue;
        await turns(20);
        if (left.sink.drains === drains) break;
      }
      const { drains } = left.sink;
      right.transport.resume();
      await left.sink.until((sink) => sink.drains > drains, 'onDrain');
      await right.received(written);
      await turns(3);
      mustBe(left.sink.drains, drains + 1, 'calls of onDrain');
      // The transport accepts more after `onDrain`.
      await left.write(bytesOf('more'));
      await right.received(written + 4);
    },
  },
  {
    name: 'no drain without need',
    expected: '`onDrain` does not come when `write` said true',
    proves: CLAUSE.drained,
    async run({ left, right }) {
      left.start();
      right.start();
      let refusals = 0;
      for (let i = 0; i < 20; i++) {
        if (left.transport.write([bytesOf('few')])) continue;
        refusals++;
        await left.sink.until((sink) => sink.drains >= refusals, 'onDrain');
      }
      await right.received(60);
      await turns(3);
      mustBe(left.sink.drains, refusals, 'calls of onDrain');
    },
  },
  {
    name: 'bytes taken',
    expected: '`bytesTaken` counts what was written, never back, hardly more, and all of it in the end',
    proves: CLAUSE.counted,
    async run({ left, right }) {
      left.start();
      right.start();
      if (left.transport.bytesTaken === undefined) return 'absent';
      const first = left.transport.bytesTaken;
      let last = first;
      for (let i = 1; i <= 40; i++) {
        await left.write(new Uint8Array(PIECE));
        const now = left.transport.bytesTaken;
        must(now >= last, `bytesTaken went back from ${last} to ${now}`);
        // A transport that encrypts adds some bytes.
        must(now - first <= 1.125 * i * PIECE, `bytesTaken is ${now - first} of ${i * PIECE} bytes`);
        last = now;
      }
      await right.received(40 * PIECE);
      must(
        left.transport.bytesTaken - first >= 40 * PIECE,
        `bytesTaken is ${left.transport.bytesTaken - first} at the end`,
      );
      return;
    },
  },
  {
    name: 'bytes received',
    expected: '`bytesReceived` counts what came, never back, and no less than `onData` tells',
    proves: CLAUSE.receivedCounted,
    async run({ left, right }) {
      left.start();
      right.start();
      const first = right.transport.bytesReceived;
      if (first === undefined) return 'absent';
      let last = first;
      for (let i = 1; i <= 40; i++) {
        await left.write(new Uint8Array(PIECE));
        await right.received(i * PIECE);
        const now = right.transport.bytesReceived ?? 0;
        must(now >= last, `bytesReceived went back from ${last} to ${now}`);
        must(now - first >= i * PIECE, `bytesReceived is ${now - first} of ${i * PIECE} bytes`);
        last = now;
      }
      return;
    },
  },
];

/** Makes up to 20 writes of up to 5 parts each; most parts are small. */
function writesOf(random: Random): Uint8Array[][] {
  const lengthOf = (): number => (random.below(9) === 0 ? random.below(200_000) : random.below(300));
  return Array.from({ length: random.below(21) }, () =>
    Array.from({ length: random.below(6) }, () => pattern(lengthOf(), random.below(1 << 16))),
  );
}

async function writeEach(side: Side, writes: readonly (readonly Uint8Array[])[]): Promise<void> {
  for (const parts of writes) await side.write(...parts);
}
