import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { agrees, type Disagreement, toleratedDifferences } from '../src/differences.js';
import { expect as expectOf, type Limits } from '../src/naive-endpoint.js';
import { driveWs } from '../src/ws-receiver.js';

const LIMITS: Limits = { maxPayloadSize: 300, maxMessageSize: 300, maxFragments: 2 };

/** By name: bytes to a client (no masks), an innocent message before each. */
const EXAMPLES: Record<string, string> = {
  'length not in its shortest form': '827e0001aa',
  'length with its top bit set': '827f8000000000000001',
  'text that is not UTF-8, before its message has ended': '01 05 61ff',
  'header of one byte': '83',
  'one fragment too many': '020161 000161 000561',
  'Close with a payload of one byte': '8801',
  'frame out of place, before its header has ended': '807e01',
  'frame out of place, and too large': '807e0200',
  'fragments too large together, before the header has ended': '',
};
/** To a server, whose peer masks. */
const MASKED_EXAMPLES: Record<string, string> = {
  'Close with a payload of one byte': '8881 00000000',
  'frame out of place, before its header has ended': '8080',
  'fragments too large together, before the header has ended': `02fe00ff00000000${'61'.repeat(255)}00fe00ff0000`,
};

function disagreement(hex: string, isClient: boolean): Disagreement {
  const before = isClient ? '810161' : '81810000000061';
  const bytes = Buffer.from(before + hex.replaceAll(' ', ''), 'hex');
  const ws = driveWs([Buffer.from(bytes)], isClient, LIMITS);
  return { bytes, isClient, limits: LIMITS, webson: expectOf(bytes, isClient, LIMITS), ws };
}

const examples = [
  ...Object.entries(EXAMPLES).map(([name, hex]) => ({ name, hex, isClient: true })),
  ...Object.entries(MASKED_EXAMPLES).map(([name, hex]) => ({ name, hex, isClient: false })),
].filter(({ hex }) => hex !== '');

describe('tolerated differences', () => {
  test.each(examples)('$name, client: $isClient', ({ name, hex, isClient }) => {
    const found = disagreement(hex, isClient);
    expect(agrees(found.webson, found.ws)).toBe(false);
    expect(toleratedDifferences.filter((one) => one.matches(found)).map((one) => one.name)).toEqual([name]);
  });

  test('each has an example', () => {
    expect(new Set(examples.map(({ name }) => name))).toEqual(new Set(toleratedDifferences.map(({ name }) => name)));
  });

  test.each(examples)(
    'none excuses a message of ws that webson does not have: $name, client: $isClient',
    ({ hex, isClient }) => {
      const found = disagreement(hex, isClient);
      const webson = { ...found.webson, events: [] };
      expect(toleratedDifferences.filter((one) => one.matches({ ...found, webson })).map((one) => one.name)).toEqual(
        [],
      );
    },
  );

  test.each(examples)('none excuses another close code: $name, client: $isClient', ({ hex, isClient }) => {
    const found = disagreement(hex, isClient);
    const others: Disagreement[] = [{ ...found, ws: { ...found.ws, outcome: { kind: 'failed', code: 1011 } } }];
    if (found.webson.outcome.kind === 'failed') {
      others.push({ ...found, webson: { ...found.webson, outcome: { kind: 'failed', code: 1011 } } });
    }
    // Where ws reads on behind what webson refuses, what it says there means nothing.
    const isBeyond = ['LENGTH_NOT_MINIMAL', 'UTF8_INVALID'].includes(found.webson.fault?.error ?? '');
    for (const other of isBeyond ? others.slice(1) : others) {
      expect(toleratedDifferences.filter((one) => one.matches(other)).map((one) => one.name)).toEqual([]);
    }
  });

  test('the README has the same table', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const rows = [...readme.matchAll(/^\| (.+) \| (.+) \| (§.+) \|$/gm)].map(([, name, what, rfc]) => ({
      name,
      what,
      rfc,
    }));
    expect(rows).toEqual(toleratedDifferences.map(({ name, what, rfc }) => ({ name, what, rfc })));
  });
});
