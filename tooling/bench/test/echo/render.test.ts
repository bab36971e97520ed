import { describe, expect, it } from 'vitest';
import { cells, withPayload } from '../../src/echo/cells.js';
import { serverKinds } from '../../src/echo/contenders/index.js';
import type { Plan, Sample } from '../../src/echo/plan.js';
import { renderReport, renderSample, sectionsOf, versionsOf } from '../../src/echo/render.js';
import { summarize } from '../../src/echo/report.js';

const names = ['ws', 'ws-tuned', 'ws-text', 'webson', 'webson-text'];
const plan: Plan = {
  cells: [cells[1]!, withPayload(cells[1]!, 'text')],
  servers: serverKinds.filter(({ name }) => names.includes(name)),
  ...{ rounds: 1, warmup: 1, seconds: 1, cores: { note: 'not pinned' } },
};

function sample(cell: string, server: string, rate: number): Sample {
  return {
    ...{ server, round: 1, cell, messages: rate, seconds: 1, messagesPerSecond: rate, errors: 0, lost: 0 },
    ...{ loadCpu: 0.5, loadWaiting: 0.01, serverCpu: 1, serverWaiting: 0 },
  };
}

const samples = [
  ...[sample('b', 'ws', 1000), sample('b', 'ws-tuned', 2000), sample('b', 'webson', 3000)],
  ...names.map((name, i) => sample('b-text', name, 100 * (i + 1))),
];
const report = summarize(plan, samples);

describe('renderReport', () => {
  const lines = renderReport(report).split('\n');
  const after = (title: string) => lines.slice(lines.indexOf(title) + 1);

  it('shows each cell, and who decodes its text, by itself, the tuned ws compared with first', () => {
    expect(after('b: 10 × 20 B, 100 in flight')[0]).toMatch(
      /^ +messages\/s +min – max +to ws-tuned +per round +by CPU +to ws +per round +by CPU +µs\/message/,
    );
    const binary = after('b: 10 × 20 B, 100 in flight').slice(1, 4);
    expect(binary.map((line) => line.split(/ +/)[0])).toEqual(['ws', 'ws-tuned', 'webson']);
    expect(binary[2]).toMatch(
      /^webson +3,000 +3,000 – 3,000 +1\.50 +1\.50 – 1\.50 +1\.50 +3\.00 +3\.00 – 3\.00 +3\.00 +333\.33 +100\+0 % +50\+1 %$/,
    );
    const decoded = after('b-text: 10 × 20 B of ASCII text, 100 in flight, decoded and encoded').slice(1, 3);
    expect(decoded.map((line) => line.split(/ +/)[0])).toEqual(['ws-text', 'webson-text']);
    expect(lines).toContain('What decodes text is compared with the ws that does.');
  });

  it('shows a question mark where CPU times are not known, and repeats warnings', () => {
    const { serverCpu: _, serverWaiting: __, ...unknown } = sample('b', 'ws', 1000);
    const alone = { ...plan, cells: plan.cells.slice(0, 1), servers: serverKinds.slice(0, 1) };
    const text = renderReport(summarize(alone, [unknown], ['bun SKIPPED']));
    expect(text).toMatch(/^ws +1,000 .* \? +\? +50\+1 %$/m);
    expect(text).toContain('WARNING bun SKIPPED');
    expect(text).not.toContain('decodes');
  });
});

it('tells versions of what was measured', () => {
  expect(versionsOf({ ...report, node: 'v1', ws: '2', bufferutil: '3', bun: '4' })).toBe(
    'Node v1, ws 2, bufferutil 3, Bun 4',
  );
  const { bufferutil: _, ...plain } = report;
  expect(versionsOf({ ...plain, node: 'v1', ws: '2' })).toBe('Node v1, ws 2');
});

it('puts rows together by cell and work', () => {
  const sections = sectionsOf(report.rows).map((rows) => rows.map(({ server }) => server).join());
  expect(sections).toEqual(['ws,ws-tuned,webson', 'ws,ws-tuned,webson', 'ws-text,webson-text']);
});

it('tells a sample in a line, and what was wrong with it', () => {
  expect(renderSample(samples[0]!, plan)).toBe('round 1/1  b       ws               1,000 messages/s, load 50+1 %');
  expect(renderSample({ ...samples[0]!, lost: 2 }, plan)).toMatch(/, 0 errors, 2 lost$/);
});
