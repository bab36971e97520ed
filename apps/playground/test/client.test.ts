import { expect, it } from 'vitest';
import { startCommand, startServer } from './child.js';

const SUMMARY = /3 sent, 3 echoed: min \d+\.\d\d ms, median \d+\.\d\d ms, p95 \d+\.\d\d ms\n$/;

it('sends messages, prints their round trips and a summary, and exits 0', async () => {
  const { echoUrl } = await startServer();
  const client = startCommand('client', ['--count', '3', '--interval', '0', '--size', '1024', echoUrl]);
  expect(await client.exited).toBe(0);
  expect(client.output.match(/^ +\d+\.\d\d ms +1 KiB {2}#[123] webson webson /gm)).toHaveLength(3);
  expect(client.output).toMatch(SUMMARY);
});

it('sends every line of a pipe', async () => {
  const { child, echoUrl } = await startServer();
  const client = startCommand('client', ['--binary', echoUrl], 'one\nzwölf\n\n');
  expect(await client.exited).toBe(0);
  expect(client.output).toMatch(/ ms +3 B {2}one\n.* ms +6 B {2}zwölf\n.* ms +0 B {2}\n/);
  expect(client.output).toMatch(SUMMARY);
  child.process.kill();
  await child.exited;
  expect(child.output).toContain('3 messages echoed');
});

it('ends cleanly at SIGINT, in the middle of its work', async () => {
  const { echoUrl } = await startServer();
  const client = startCommand('client', ['--interval', '0', echoUrl]);
  await client.sees(/#3 /);
  client.process.kill('SIGINT');
  expect(await client.exited).toBe(0);
  expect(client.output).toMatch(/\d+ sent, \d+ echoed: min .*\n$/);
});

it('tells that the server has left', async () => {
  const { child, echoUrl } = await startServer();
  const client = startCommand('client', [echoUrl]);
  await client.sees(/#1 /);
  child.process.kill('SIGINT');
  expect(await client.exited).toBe(0);
  expect(client.output).toContain('The server closed the connection: close code 1001\n1 sent, 1 echoed');

  const again = startCommand('client', [echoUrl]);
  expect(await again.exited).toBe(1);
  const refused = `client: cannot connect to ${echoUrl}: connect ECONNREFUSED ${new URL(echoUrl).host}`;
  expect(again.output).toBe(`${refused}; nothing listens there: does the server run, and is this its port?\n`);
});

it('explains itself, and says what is wrong', async () => {
  const help = startCommand('client', ['--help']);
  expect(await help.exited).toBe(0);
  expect(help.output).toContain('--count N');
  for (const [args, message] of [
    [['--count', '0'], '--count 0: a whole number from 1 to '],
    [['--size', '1MB'], '--size 1MB: a whole number from 1 to 1048576 is needed'],
    [['--quiet'], "Unknown option '--quiet'"],
    [['ws://127.0.0.1:1', 'ws://127.0.0.1:2'], 'ws://127.0.0.1:2: one URL is enough'],
    [['ftp://127.0.0.1'], 'url: '],
  ] as const) {
    const child = startCommand('client', args);
    expect(await child.exited).toBe(2);
    expect(child.output).toContain(`client: ${message}`);
    expect(child.output).toMatch(/ \(--help tells more\)\n$/);
  }
});
