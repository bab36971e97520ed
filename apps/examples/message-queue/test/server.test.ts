import { spawnChild } from '@webson/child-process';
import { expect, it } from 'vitest';
import { publish, received, scriptOf, startCommand, startListener, startServer } from './commands.js';

const numbered = (publisher: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${publisher} ${index}`);

it('delivers every message once, in order per publisher, to all listeners of its topic and to no others', async () => {
  const { url } = await startServer();
  const [news, both, sports] = await Promise.all([
    startListener(url, 'news'),
    startListener(url, 'news', 'sports'),
    startListener(url, 'sports'),
  ]);
  const first = numbered('first', 300);
  const second = numbered('second', 300);
  const third = numbered('third', 100);
  const [publisher] = await Promise.all([
    publish(url, 'news', first),
    publish(url, 'news', second),
    publish(url, 'sports', third),
  ]);
  expect(publisher.stdout).toBe('sent to 2 listeners\n'.repeat(300));
  await publish(url, 'news', ['end']);
  await publish(url, 'sports', ['end']);

  const of = (lines: string[], name: string): string[] => lines.filter((line) => line.includes(`\t${name} `));
  const onNews = (messages: string[]): string[] => messages.map((message) => `news\t${message}`);
  const onSports = third.map((message) => `sports\t${message}`);
  const atNews = await received(news, 'news');
  expect(of(atNews, 'first')).toEqual(onNews(first));
  expect(of(atNews, 'second')).toEqual(onNews(second));
  expect(atNews).toHaveLength(601);
  const atBoth = await received(both, 'news', 'sports');
  expect(of(atBoth, 'first')).toEqual(onNews(first));
  expect(of(atBoth, 'second')).toEqual(onNews(second));
  expect(of(atBoth, 'third')).toEqual(onSports);
  expect(atBoth).toHaveLength(702);
  expect(await received(sports, 'sports')).toEqual([...onSports, 'sports\tend']);
});

it('goes on delivering to a listener that was killed and came back', async () => {
  const { url } = await startServer();
  const [killed, other] = await Promise.all([startListener(url, 'news'), startListener(url, 'news')]);
  await publish(url, 'news', ['before']);
  await killed.sees(/^news\tbefore\n/m);
  killed.process.kill('SIGKILL');
  expect(await killed.exited).toBe('SIGKILL');
  await publish(url, 'news', ['meanwhile']);
  const back = await startListener(url, 'news');
  await publish(url, 'news', ['after', 'end']);
  expect(await received(back, 'news')).toEqual(['news\tafter', 'news\tend']);
  expect(await received(other, 'news')).toEqual(['news\tbefore', 'news\tmeanwhile', 'news\tafter', 'news\tend']);
});

it.each(['SIGINT', 'SIGTERM'] as const)('ends with 0 at %s', async (signal) => {
  const { child, url } = await startServer();
  await startListener(url, 'news');
  child.process.kill(signal);
  expect(await child.exited).toBe(0);
  expect(child.output).toBe(`${url}\n`);
});

it('takes Ctrl+C from a terminal as a key', async () => {
  const command = [process.execPath, scriptOf('server'), '--port', '0'];
  const child = spawnChild(
    'script',
    process.platform === 'darwin' ? ['-q', '/dev/null', ...command] : ['-qec', command.join(' '), '/dev/null'],
    'pipe',
  );
  await child.sees(/ws:\S+/);
  child.process.stdin?.write('\x03');
  expect(await child.exited).toBe(0);
});

it('explains itself, and says what is wrong', async () => {
  const help = startCommand('server', ['--help']);
  expect(await help.exited).toBe(0);
  expect(help.output).toContain('--port N');
  const { url } = await startServer();
  const { host, hostname, port } = new URL(url);
  const taken =
    'another server has that port, perhaps another run of this program: end it, or choose another port, or 0';
  for (const [args, code, message] of [
    [['--port', 'x'], 2, 'server: --port x: a whole number from 0 to 65535 is needed (--help tells more)\n'],
    [
      ['--port', port],
      1,
      `server: cannot listen on port ${port} of host "${hostname}": ${taken} for any that is free (listen EADDRINUSE: address already in use ${host})\n`,
    ],
  ] as const) {
    const child = startCommand('server', args);
    expect([await child.exited, child.output]).toEqual([code, message]);
  }
});
