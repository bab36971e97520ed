import { expect, it } from 'vitest';
import { runBench } from '../command.js';

it('measures the memory of idle connections', async () => {
  const { stdout } = await runBench(['idle', '--connections', '100', '--rounds', '1']);
  expect(stdout.match(/bytes of RSS per idle connection/g)).toHaveLength(2);
});

it('says that there are not so many files to open', async () => {
  const stderr = expect.stringMatching(/^idle: 1000000000 connections, a process may have \d+ open$/m);
  await expect(runBench(['idle', '--connections', '1000000000'])).rejects.toMatchObject({ code: 2, stderr });
});
