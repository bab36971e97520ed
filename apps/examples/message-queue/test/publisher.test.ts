import { spawnChild } from '@webson/child-process';
import { expect, it } from 'vitest';
import { received, scriptOf, startCommand, startListener, startServer } from './commands.js';

it('publishes the message of its command line', async () => {
  const { url } = await startServer();
  const listener = await startListener(url, 'news');
  const publisher = startCommand('publisher', ['--url', url, 'news', 'hello', 'wörld']);
  expect([await publisher.exited, publisher.output]).toEqual([0, 'sent to 1 listener\n']);
  startCommand('publisher', ['--url', url, 'news', 'end']);
  expect(await received(listener, 'news')).toEqual(['news\thello wörld', 'news\tend']);
});

it('publishes every line until SIGINT, and ends with 0', async () => {
  const { url } = await startServer();
  const publisher = spawnChild(process.execPath, [scriptOf('publisher'), '--url', url, 'news'], 'pipe');
  publisher.process.stdin?.write('one\n');
  await publisher.sees(/sent to 0 listeners\n/);
  publisher.process.kill('SIGINT');
  expect([await publisher.exited, publisher.output]).toEqual([0, 'sent to 0 listeners\n']);
});

it('ends with 1 when the server leaves', async () => {
  const { child, url } = await startServer();
  const publisher = spawnChild(process.execPath, [scriptOf('publisher'), '--url', url, 'news'], 'pipe');
  publisher.process.stdin?.write('one\n');
  await publisher.sees(/sent to 0 listeners\n/);
  child.process.kill('SIGTERM');
  expect(await publisher.exited).toBe(1);
  expect(publisher.output).toBe('sent to 0 listeners\npublisher: the connection ended with 1001\n');
});

it('explains itself, and says what is wrong', async () => {
  const { url } = await startServer();
  const help = startCommand('publisher', ['--help']);
  expect(await help.exited).toBe(0);
  expect(help.output).toContain('TOPIC [MESSAGE]');
  for (const [args, code, message] of [
    [[], 2, 'publisher: a topic is needed (--help tells more)\n'],
    [['--url', url, 'a b', 'hello'], 1, 'publisher: a topic is 1 to 64 letters, digits and _ . / -\n'],
    [['--url', url, 'news', 'x'.repeat(70_000)], 1, 'publisher: a message has at most 65536 bytes\n'],
  ] as const) {
    const child = startCommand('publisher', args);
    expect([await child.exited, child.output]).toEqual([code, message]);
  }
});
