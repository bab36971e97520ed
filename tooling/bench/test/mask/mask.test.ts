import { expect, it } from 'vitest';
import { measureMasks } from '../../src/mask/mask.js';
import { renderMasks } from '../../src/mask/report.js';

it('measures every path, start and secret against plain masking', () => {
  const plan = { secrets: [8, 36], payloads: [20, 70_000], rounds: 2, bytes: 4096 };
  const rows = measureMasks(plan);
  expect(rows.map(({ path, start, secret }) => `${path} ${start} ${secret}`)).toEqual([
    ...['encode 0 8', 'encode 0 36', 'encode 5 8', 'encode 5 36'],
    ...['decode 0 8', 'decode 0 36', 'decode 5 8', 'decode 5 36'],
  ]);
  for (const row of rows) for (const ratio of row.ratios) expect(ratio).toBeGreaterThan(0);
  expect(renderMasks(plan, rows).split('\n')).toHaveLength(2 + 1 + rows.length + 1);
});
