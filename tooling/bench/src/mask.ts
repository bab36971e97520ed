import { FrameDecoder, type FrameSink, maskPayload, privateMaskOf, writeHeader } from 'webson';
import { median } from './statistics.js';

// How fast frames are encoded and decoded under a private mask, beside the plain masking of RFC 6455 in the same rounds.

/** What is measured. */
export interface MaskPlan {
  /** Bytes of the secrets. */
  readonly secrets: readonly number[];
  /** Bytes of the payloads. */
  readonly payloads: readonly number[];
  readonly rounds: number;
  /** Bytes masked per measurement, about. */
  readonly bytes: number;
}

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

export const maskPlan: MaskPlan = {
  secrets: [4, 8, 12, 20, 24, 32, 36, 64, 100, 1000, 4096, 65_536],
  payloads: [20, 125, 1024, 16_384, 65_536, 1_048_576],
  rounds: 15,
  bytes: 2 ** 21,
};

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
  const times = runs.map((): number[] => []);
  const order = [...runs.keys()];
  const warmup = Math.ceil(rounds / 5) + 1;
  for (let round = -warmup; round < rounds; round++) {
    for (const index of order) {
      const run = runs[index];
      if (run === undefined) continue;
      const before = process.hrtime.bigint();
      for (let i = 0; i < calls; i++) run();
      const elapsed = Number(process.hrtime.bigint() - before);
      if (round >= 0) times[index]?.push(elapsed / calls);
    }
    order.reverse();
  }
  return times;
}

/** The result as a table. */
export function renderMasks({ payloads, rounds }: MaskPlan, rows: readonly MaskRow[]): string {
  const head = ['path', 'start', 'secret', ...payloads.map((length) => `${length} B`)];
  const body = rows.map(({ path, start, secret, ratios, nanoseconds }) => [
    path,
    String(start),
    `${secret} B`,
    ...ratios.map((ratio, i) => `${ratio.toFixed(2)} (${nanoseconds[i]?.[1].toFixed(0)} ns)`),
  ]);
  const widths = head.map((_, i) => Math.max(...[head, ...body].map((row) => row[i]?.length ?? 0)));
  const lines = [head, ...body].map((row) => row.map((cell, i) => cell.padStart(widths[i] ?? 0)).join('  '));
  return [
    `Node ${process.version}; speed under a private mask to that of plain masking: medians of ${rounds} interleaved rounds`,
    '',
    ...lines,
    '',
  ].join('\n');
}
