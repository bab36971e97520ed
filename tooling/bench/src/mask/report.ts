import { table } from '../harness/table.js';
import type { MaskPlan } from './cells.js';
import type { MaskRow } from './mask.js';

/** The result as a table. */
export function renderMasks({ payloads, rounds }: MaskPlan, rows: readonly MaskRow[]): string {
  const head = ['path', 'start', 'secret', ...payloads.map((length) => `${length} B`)];
  const body = rows.map(({ path, start, secret, ratios, nanoseconds }) => [
    path,
    String(start),
    `${secret} B`,
    ...ratios.map((ratio, i) => `${ratio.toFixed(2)} (${nanoseconds[i]?.[1].toFixed(0)} ns)`),
  ]);
  return [
    `Node ${process.version}; speed under a private mask to that of plain masking: medians of ${rounds} interleaved rounds`,
    '',
    ...table([head, ...body], 0),
    '',
  ].join('\n');
}
