import { FrameDecoder, type FrameSink, maskPayload, privateMaskOf, writeHeader } from '@webson/frame';
import { turns } from '../harness/rounds.js';
import { median } from '../harness/statistics.js';
import type { MaskPlan } from './cells.js';

// How fast frames are encoded and decoded under a private mask, beside the plain masking of RFC 6455 in the same rounds.

/** One line of the result: a path, a place in memory and a secret, over all payloads. */
export interface MaskRow {
  readonly path: 'encode' | 'decode';
  /** Where payloads start, counted from a multiple of 8. */
  readonly start: number;
  readonly secret: number;
  /** By payload: plain masking's time to this one's, median of the rounds; 1 is as fast, 0.5 takes twice as long. */
  readonly ratios: readonly number[];
  /** By payload: median nanoseconds per frame, plain and private. */
  readonly nanoseconds: readonly (readonly [number, number])[];
}

const BINARY = 0x82;
const ignore: FrameSink = { onHeader: () => {}, onPayload: () => {} };

function encoder(length: number, start: number, secret: Uint8Array | undefined): () => void {
  const payload = new Uint8Array(length).fill(0x41);
  const target = new Uint8Array(length + 64);
  const offset = 32 + start - headerLength(length);
  const mask = secret === undefined ? undefined : privateMaskOf(secret);
  return () => {
    const at = writeHeader(target, offset, BINARY, length, true);
    target.set(payload, at);
    maskPayload(target, at, at + length, mask);
  };
}

function decoder(length: number, start: number, secret: Uint8Array | undefined): () => void {
  const buffer = new Uint8Array(length + 64);
  const offset = 32 + start - headerLength(length);
  const end = writeHeader(buffer, offset, BINARY, length, true) + length;
  const chunk = buffer.subarray(offset, end);
  const decoder = new FrameDecoder({ masking: 'required', ...(secret === undefined ? {} : { privateMask: secret }) });
  return () => decoder.push(chunk, ignore);
}

function headerLength(length: number): number {
  return 6 + (length > 0xffff ? 8 : length > 125 ? 2 : 0);
}

/** Runs all of a plan. */
export function measureMasks({ secrets, payloads, rounds, bytes }: MaskPlan): MaskRow[] {
  const rows: MaskRow[] = [];
  for (const [path, make] of [['encode', encoder] as const, ['decode', decoder] as const]) {
    for (const start of [0, 5]) {
      const columns = payloads.map((length) => {
        const runs = [undefined, ...secrets].map((size) =>
          make(length, start, size === undefined ? size : filler(size)),
        );
        return measure(runs, rounds, Math.max(1, Math.ceil(bytes / (length + 256))));
      });
      for (const [i, secret] of secrets.entries()) {
        const times = columns.map((column) => ({ plain: column[0] ?? [], wide: column[i + 1] ?? [] }));
        rows.push({
          path,
          start,
          secret,
          ratios: times.map(({ plain, wide }) => median(plain.map((one, round) => one / (wide[round] ?? Number.NaN)))),
          nanoseconds: times.map(({ plain, wide }) => [median(plain), median(wide)]),
        });
      }
    }
  }
  return rows;
}

function filler(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 167 + 13) & 0xff);
}

/** Nanoseconds per call, by run and round: every round runs all, in turn forth and back. A fifth more rounds to warm up. */
function measure(runs: readonly (() => void)[], rounds: number, calls: number): number[][] {
  const measured = runs.map((run) => ({ run, times: [] as number[] }));
  const warmups = Math.ceil(rounds / 5) + 1;
  for (const { round, contender } of turns({ rounds, warmups, cells: [calls], contenders: () => measured })) {
    const { run, times } = contender;
    const before = process.hrtime.bigint();
    for (let i = 0; i < calls; i++) run();
    const elapsed = Number(process.hrtime.bigint() - before);
    if (round > 0) times.push(elapsed / calls);
  }
  return measured.map(({ times }) => times);
}
