import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { payload } from '../src/transfer/payload.js';
import { GROWTH_LIMIT, isSound } from '../src/transfer/report.js';
import type { TransferResult } from '../src/transfer/transfer.js';

const run = promisify(execFile);
const main = fileURLToPath(new URL('../dist/transfer/main.js', import.meta.url));
/** A transfer takes some seconds; many times that on a crowded machine. */
const PATIENCE = 280_000;

async function transfer(...args: string[]): Promise<TransferResult> {
  const folder = mkdtempSync(join(tmpdir(), 'transfer-'));
  try {
    const json = join(folder, 'figures.json');
    await run(process.execPath, [main, '--no-pin', '--json', json, ...args]);
    const [result] = JSON.parse(readFileSync(json, 'utf8')) as [TransferResult];
    return result;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function expectSound(result: TransferResult, size: number): void {
  expect(result.sender).toMatchObject({ bytes: size, sha256: result.receiver.sha256 });
  expect(result.receiver.bytes).toBe(size);
  expect(result.sender.growth).toBeLessThan(GROWTH_LIMIT);
  expect(result.receiver.growth).toBeLessThan(GROWTH_LIMIT);
}

describe.each(['streams', 'no-flow', 'no-streams', 'one-frame'])('a message of 1 GiB, %s', (mode) => {
  it.each(['up', 'down'])(
    'arrives as it was sent, and neither side grows: %s',
    async (direction) => {
      expectSound(await transfer('--size', '1GiB', '--mode', mode, '--direction', direction), 1024 ** 3);
    },
    PATIENCE,
  );
});

describe.each(['streams', 'no-flow', 'no-streams', 'one-frame'])('a message of 256 MiB, %s', (mode) => {
  it.each(['up', 'down'])(
    'waits for a slow reader, and neither side grows: %s',
    async (direction) => {
      expectSound(
        await transfer('--slow', '--size', '256MiB', '--mode', mode, '--direction', direction),
        256 * 1024 ** 2,
      );
    },
    PATIENCE,
  );
});

it(
  'sends over TLS, and without any WebSocket, too',
  async () => {
    expectSound(await transfer('--tls', '--size', '64MiB', '--mode', 'streams', '--direction', 'up'), 64 * 1024 ** 2);
    expectSound(await transfer('--size', '64MiB', '--mode', 'bare', '--direction', 'up'), 64 * 1024 ** 2);
  },
  PATIENCE,
);

it('explains itself, and says what is wrong with an option', async () => {
  const { stdout } = await run(process.execPath, [main, '--help']);
  expect(stdout).toContain('one single frame');
  for (const option of ['--size=10 GB', '--size=0', '--mode=carrier-pigeon', '--direction=sideways']) {
    await expect(run(process.execPath, [main, option])).rejects.toMatchObject({ code: 2, stderr: /./ });
  }
});

describe('payload', () => {
  it('is as long as it has to be, of pieces that differ', () => {
    const pieces = [...payload(300_001)];
    expect(pieces.reduce((sum, piece) => sum + piece.length, 0)).toBe(300_001);
    expect(new Set(pieces.map((piece) => Buffer.from(piece).toString('hex', 0, 16))).size).toBe(pieces.length);
  });
});

describe('isSound', () => {
  const end = { bytes: 9, sha256: 'a', seconds: 1, cpuSeconds: 1, baseline: 1, growth: 1 };
  const good: TransferResult = {
    ...{ size: 9, mode: 'streams', direction: 'up', reader: 'fast', tls: false },
    ...{ sender: end, receiver: end, isEqual: true, bytesPerSecond: 9 },
  };

  it('wants the bytes to be equal and both sides to stay small', () => {
    expect(isSound(good)).toBe(true);
    expect(isSound({ ...good, isEqual: false })).toBe(false);
    expect(isSound({ ...good, sender: { ...end, growth: GROWTH_LIMIT } })).toBe(false);
    expect(isSound({ ...good, receiver: { ...end, growth: GROWTH_LIMIT } })).toBe(false);
  });
});
