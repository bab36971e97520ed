import { randomBytes } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { turns } from '../harness/rounds.js';
import type { CodecPlan } from './cells.js';
import type { Contestant, MaskInput, Operation, Pass } from './contestant.js';
import { operations } from './contestant.js';
import { type CodecInput, faultOfFrames, makeInput, xor } from './input.js';

/** One operation on frames of one size: the rounds of all who have it. */
export interface CodecCell {
  readonly operation: Operation;
  readonly size: number;
  readonly masked: boolean;
  readonly results: readonly { readonly contestant: string; readonly framesPerSecond: readonly number[] }[];
}

interface Entry {
  readonly contestant: string;
  readonly pass: Pass;
  readonly framesPerSecond: number[];
}

/**
 * Measures all contestants in interleaved rounds, every other one in reverse. Before each measurement, off the clock, all
 * that comes out is compared byte by byte with what has to; the limit, `copy`, is not checked.
 *
 * @throws Error that says whose bytes are wrong, and where.
 */
export async function measureCodec(plan: CodecPlan, contestants: readonly Contestant[]): Promise<CodecCell[]> {
  const cells: CodecCell[] = [];
  for (const operation of operations) {
    for (const masked of operation === 'mask' ? [true] : [true, false]) {
      for (const size of plan.sizes) {
        const { entries, count, faultOf } = prepare(operation, makeInput(size, masked, plan.bytes), contestants);
        const name = `${operation}, ${size} B, ${masked ? 'masked' : 'unmasked'}`;
        const order = { rounds: plan.rounds, warmups: 1, cells: [size], contenders: () => entries };
        for (const { round, contender: entry } of turns(order)) {
          const fault = entry.contestant === 'copy' ? undefined : faultOf(entry.pass);
          if (fault !== undefined) throw new Error(`${name}, ${entry.contestant}: ${fault}`);
          const rate = measure(entry.pass, count, plan.milliseconds);
          if (round > 0) entry.framesPerSecond.push(rate);
          await turn(); // a Writable, as ws's receiver is one, ends its writes in a later turn
        }
        const results = entries.map(({ contestant, framesPerSecond }) => ({ contestant, framesPerSecond }));
        cells.push({ operation, size, masked, results });
      }
    }
  }
  return cells;
}

interface Prepared {
  readonly entries: readonly Entry[];
  /** Frames in one pass. */
  readonly count: number;
  /** Runs a pass and says what is wrong with what came out of it. */
  faultOf(pass: Pass): string | undefined;
}

function prepare(operation: Operation, input: CodecInput, contestants: readonly Contestant[]): Prepared {
  const count = input.payloads.length;
  const enter = (make: (contestant: Contestant) => Pass | undefined): Entry[] =>
    contestants.flatMap((contestant) => {
      const pass = make(contestant);
      return pass === undefined ? [] : [{ contestant: contestant.name, pass, framesPerSecond: [] }];
    });
  if (operation === 'mask') {
    const mask = makeMaskInput(input);
    const entries = enter((contestant) => contestant.mask?.(mask));
    return { entries, count, faultOf: (pass) => faultOfMasking(mask, pass) };
  }
  if (operation === 'encode') {
    const entries = enter((contestant) => contestant.encode?.(input));
    return { entries, count, faultOf: (pass) => faultOfFrames(input, Buffer.concat(collect(pass))) };
  }
  return {
    entries: enter((contestant) => contestant.decode?.(input)),
    count,
    faultOf: (pass) => faultOfDecoding(input, pass),
  };
}

function collect(pass: Pass): Buffer[] {
  const found: Buffer[] = [];
  pass.begin?.();
  pass.run((bytes) => found.push(Buffer.from(bytes)));
  return found;
}

/** What came out may be in pieces, but no piece of more than one payload. */
function faultOfDecoding({ payloads, size }: CodecInput, pass: Pass): string | undefined {
  const found = collect(pass).values();
  for (const [i, payload] of payloads.entries()) {
    let at = 0;
    do {
      const piece = found.next().value;
      if (piece === undefined) return `payload ${i} is missing`;
      const end = at + piece.length;
      if (end > size || payload.compare(piece, 0, piece.length, at, end) !== 0) return `payload ${i} is wrong`;
      at = end;
    } while (at < size);
  }
  return found.next().done === true ? undefined : 'more came out than was put in';
}

function makeMaskInput({ payloads, size }: CodecInput): MaskInput {
  const work = Buffer.concat(payloads.flatMap((payload) => [randomBytes(4), payload]));
  const pieces = payloads.map((_, i) => {
    const start = i * (4 + size) + 4;
    return { start, key: work.subarray(start - 4, start), payload: work.subarray(start, start + size) };
  });
  return { size, work, pieces };
}

function faultOfMasking({ pieces }: MaskInput, pass: Pass): string | undefined {
  const expected = pieces.map(({ key, payload }) => xor(payload, key));
  pass.run(() => {});
  const wrong = pieces.findIndex(({ payload }, i) => !payload.equals(expected[i] as Buffer));
  return wrong < 0 ? undefined : `payload ${wrong} is wrong`;
}

/** Frames per second of a pass, repeated until enough time is on the clock: CPU time, which nothing else running takes from. */
function measure(pass: Pass, count: number, milliseconds: number): number {
  let passes = 0;
  let elapsed = 0;
  for (; elapsed < milliseconds * 1000; passes++) {
    pass.begin?.();
    const before = process.cpuUsage();
    pass.run(ignore);
    const { user, system } = process.cpuUsage(before);
    elapsed += user + system;
  }
  return (passes * count * 1e6) / elapsed;
}

function ignore(): void {}
