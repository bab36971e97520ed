import { describe, expect, it } from 'vitest';
import { measureCodec } from '../../src/codec/codec.js';
import type { Contestant, Pass, Take } from '../../src/codec/contestant.js';
import { allContestants } from '../../src/codec/contestants/index.js';
import { renderCodec, summarizeCodec } from '../../src/codec/report.js';

const plan = { sizes: [20, 1024, 70_000], rounds: 2, milliseconds: 0.1, bytes: 100_000 };

it('measures and checks everybody in every operation and size, masked and not', async () => {
  const report = summarizeCodec(plan, await measureCodec(plan, allContestants()));
  const seen = report.rows
    .filter(({ size }) => size === 1024)
    .map(({ operation, masked, contestant }) => `${operation} ${masked ? 'masked' : 'unmasked'} ${contestant}`);
  const decoders = ['ws', 'webson', 'webson, pieces', 'copy'];
  const maskers = seen.filter((one) => one.startsWith('mask ')).map((one) => one.slice('mask masked '.length));
  expect(seen.slice(0, -maskers.length)).toEqual([
    ...decoders.map((name) => `decode masked ${name}`),
    ...decoders.map((name) => `decode unmasked ${name}`),
    ...['ws', 'webson', 'copy'].map((name) => `encode masked ${name}`),
    ...['ws', 'webson', 'copy'].map((name) => `encode unmasked ${name}`),
  ]);
  expect(maskers.filter((name) => name !== 'bufferutil')).toEqual(['ws', 'webson', 'copy']);
  for (const row of report.rows) {
    expect(row.framesPerSecond).toBeGreaterThan(0);
    expect(row.gigabytesPerSecond).toBeCloseTo((row.framesPerSecond * row.size) / 1e9);
    expect(row.ratio === undefined).toBe(row.contestant === 'ws');
  }
  expect(renderCodec(report).split('\n')).toHaveLength(3 + 1 + report.rows.length + 1);
});

describe('a contestant that is wrong is named', () => {
  const [ws] = allContestants() as [Contestant];
  const small = { ...plan, sizes: [1024] };

  /** `pass` with the 3000th byte that comes out changed. */
  function damage(pass: Pass): Pass {
    return {
      begin: () => pass.begin?.(),
      run(take) {
        let passed = 0;
        const spoil: Take = (bytes) => {
          const at = 3000 - passed;
          passed += bytes.length;
          if (at < 0 || at >= bytes.length) return take(bytes);
          const copy = Uint8Array.from(bytes);
          copy[at] = (copy[at] ?? 0) ^ 1;
          take(copy);
        };
        pass.run(spoil);
      },
    };
  }

  it.each(['decode', 'encode'] as const)('one bit, %s', async (operation) => {
    const make = ws[operation] as NonNullable<Contestant['encode']>;
    const bad: Contestant = { name: 'bad', [operation]: (input: Parameters<typeof make>[0]) => damage(make(input)) };
    await expect(measureCodec(small, [ws, bad])).rejects.toThrow(
      /, bad: the payload of frame 2 is|, bad: payload 2 is/,
    );
  });

  it('one bit, mask', async () => {
    const bad: Contestant = {
      name: 'bad',
      mask(input) {
        const pass = ws.mask?.(input);
        return {
          run(take) {
            pass?.run(take);
            input.work[3000] = (input.work[3000] ?? 0) ^ 1;
          },
        };
      },
    };
    await expect(measureCodec(small, [ws, bad])).rejects.toThrow('mask, 1024 B, masked, bad: payload 2 is wrong');
  });

  it('a payload that is missing, one too many, and two in one', async () => {
    const decode = ws.decode as NonNullable<Contestant['decode']>;
    const spoilt = (spoil: (payloads: Uint8Array[]) => Uint8Array[]): Contestant => ({
      name: 'bad',
      decode(input) {
        const pass = decode(input);
        return {
          begin: () => pass.begin?.(),
          run(take) {
            const found: Uint8Array[] = [];
            pass.run((bytes) => found.push(bytes));
            for (const bytes of spoil(found)) take(bytes);
          },
        };
      },
    });
    const measured = (spoil: Parameters<typeof spoilt>[0]) => measureCodec(small, [spoilt(spoil)]);
    await expect(measured((all) => all.slice(0, -1))).rejects.toThrow(/bad: payload \d+ is missing/);
    await expect(measured((all) => [...all, ...all.slice(0, 1)])).rejects.toThrow('bad: more came out than was put in');
    await expect(measured(([a, b, ...rest]) => [Buffer.concat([a, b] as Buffer[]), ...rest])).rejects.toThrow(
      'bad: payload 0 is wrong',
    );
  });
});
