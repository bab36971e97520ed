import { expect, it } from 'vitest';
import { publish, received, startCommand, startListener, startServer } from './commands.js';

it('ends with 0 at SIGINT', async () => {
  const { url } = await startServer();
  const listener = await startListener(url, 'news');
  listener.process.kill('SIGINT');
  expect(await listener.exited).toBe(0);
  expect(listener.output).toBe('listening to news\ndisconnected\n');
});

it.each(['SIGKILL', 'SIGTERM'] as const)(
  'comes back to a server that ended by %s and was started again',
  async (signal) => {
    const { child, url } = await startServer();
    const listener = await startListener(url, 'news', 'sports');
    child.process.kill(signal);
    await Promise.all([child.exited, listener.sees(/^disconnected\n/m)]);
    await startServer(Number(new URL(url).port));
    await listener.sees(/^disconnected\nlistening to news, sports\n/m);
    await publish(url, 'news', ['end']);
    await publish(url, 'sports', ['end']);
    expect(await received(listener, 'news', 'sports')).toEqual(['news\tend', 'sports\tend']);
  },
);

it('ends with 0 at SIGTERM while there is no server', async () => {
  const { child, url } = await startServer();
  const listener = await startListener(url, 'news');
  child.process.kill('SIGKILL');
  await listener.sees(/^disconnected\n/m);
  listener.process.kill('SIGTERM');
  expect(await listener.exited).toBe(0);
});

it('explains itself, and says what is wrong', async () => {
  const help = startCommand('listener', ['--help']);
  expect(await help.exited).toBe(0);
  expect(help.output).toContain('TOPIC...');
  for (const [args, code, message] of [
    [[], 2, 'listener: a topic is needed (--help tells more)\n'],
    [['a b'], 1, 'listener: a topic is 1 to 64 letters, digits and _ . / -\n'],
    [['--url', 'ws://127.0.0.1:1', 'a'], 1, /^listener: cannot connect to ws:\/\/127\.0\.0\.1:1\//],
  ] as const) {
    const child = startCommand('listener', args);
    expect([await child.exited, child.output]).toEqual([
      code,
      typeof message === 'string' ? message : expect.stringMatching(message),
    ]);
  }
});
