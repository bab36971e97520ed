import { expect, it } from 'vitest';
import { startCommand, startListener, startServer } from './commands.js';

it('ends with 0 at SIGINT', async () => {
  const { url } = await startServer();
  const listener = await startListener(url, 'news');
  listener.process.kill('SIGINT');
  expect(await listener.exited).toBe(0);
  expect(listener.output).toBe('listening to news\ndisconnected\n');
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
