import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { leftBehind, type Usage, usage } from '../src/usage.js';

const MIB = 1024 * 1024;
const EMPTY: Usage = { memory: 10 * MIB, resources: { PipeWrap: 2 } };

test('nothing, and what may be', () => {
  expect(leftBehind(EMPTY, EMPTY)).toEqual([]);
  expect(leftBehind(EMPTY, { memory: 17 * MIB, resources: { PipeWrap: 1 } })).toEqual([]);
  expect(leftBehind({ ...EMPTY, memory: undefined }, { memory: 99 * MIB, resources: {} })).toEqual([]);
});

test('memory, and what keeps a process alive', () => {
  expect(leftBehind(EMPTY, { memory: 20 * MIB, resources: { PipeWrap: 2, Timeout: 3 } })).toEqual([
    '10.0 MiB were left behind',
    '3 × Timeout were left behind',
  ]);
});

test('a socket that still listens is seen', async () => {
  const before = await usage();
  const server = createServer().listen(0, '127.0.0.1');
  const during = await usage();
  server.close();
  expect(leftBehind(before, during)).toContain('1 × TCPServerWrap were left behind');
  expect(leftBehind(before, await usage())).not.toContain('1 × TCPServerWrap were left behind');
});
