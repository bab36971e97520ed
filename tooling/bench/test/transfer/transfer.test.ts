import { describe, expect, it } from 'vitest';
import { GROWTH_LIMIT } from '../../src/transfer/report.js';
import type { TransferResult } from '../../src/transfer/transfer.js';
import { measureWith, runBench } from '../command.js';

/** A transfer takes some seconds; many times that on a crowded machine. */
const PATIENCE = 280_000;

async function transfer(...args: string[]): Promise<TransferResult> {
  const { figures } = await measureWith<[TransferResult]>(['transfer', '--no-pin', ...args]);
  return figures[0];
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
  const { stdout } = await runBench(['transfer', '--help']);
  expect(stdout).toContain('one single frame');
  for (const option of ['--size=10 GB', '--size=0', '--mode=carrier-pigeon', '--direction=sideways']) {
    await expect(runBench(['transfer', option])).rejects.toMatchObject({ code: 2, stderr: /./ });
  }
});
