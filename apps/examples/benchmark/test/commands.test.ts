import { exampleOf } from '@webson/child-process';
import { expect, it, onTestFinished } from 'vitest';
import { MessageType, type Server, serve } from 'webson';

const example = exampleOf(import.meta.url);

async function serveThat(answer: (payload: Uint8Array) => Uint8Array | undefined): Promise<Server> {
  const server = await serve({ host: '127.0.0.1' }, (ws) => {
    ws.onMessage(MessageType.Binary, (message, adapter) => {
      const payload = answer(message.read());
      if (payload !== undefined) adapter.dispatch(MessageType.Binary, payload);
    });
  });
  onTestFinished(() => server.close());
  return server;
}

/** Figures are another every time. */
const steady = (text: string): string => text.replaceAll(/[\d,.]+(?= ms$|$)/gm, '#').replace(/:\d+\//, ':#/');

it('prints figures as the README shows them', async () => {
  const child = example.start('main');
  expect(await child.exited).toBe(0);
  expect(steady(child.output)).toBe(steady(example.blocks[1] ?? ''));
  const [, perSecond = ''] = /^round trips a second +([\d,]+)$/m.exec(child.output) ?? [];
  expect(Number(perSecond.replaceAll(',', ''))).toBeGreaterThan(100);
  const [median, p99, slowest] = [...child.output.matchAll(/([\d.]+) ms$/gm)].map(([, digits]) => Number(digits));
  expect(median).toBeLessThanOrEqual(p99!);
  expect(p99).toBeLessThanOrEqual(slowest!);
});

it('measures the server of a URL', async () => {
  let count = 0;
  const { url } = await serveThat((payload) => {
    count++;
    expect(payload.length).toBe(20);
    return payload;
  });
  const child = example.start('main', [
    '--url',
    url,
    '--seconds',
    '1',
    '--connections',
    '2',
    '--in-flight',
    '10',
    '--size',
    '20',
  ]);
  expect(await child.exited).toBe(0);
  expect(child.output).toContain(`server                ${url}\n`);
  expect(count).toBeGreaterThan(20);
});

it.each<[string, (payload: Uint8Array) => Uint8Array | undefined, RegExp]>([
  [
    'answers something else',
    () => new Uint8Array(3),
    /^benchmark: the answer to 64 bytes has 3: is that server an echo\?\n/m,
  ],
  ['does not answer', () => undefined, /^benchmark: nothing came back: is that server an echo of binary messages\?\n/m],
])('says in one line that a server %s', async (_, answer, line) => {
  const { url } = await serveThat(answer);
  const child = example.start('main', ['--url', url, '--seconds', '1']);
  expect(await child.exited).toBe(1);
  expect(child.output).toMatch(line);
});

it('says in one line that the server went', async () => {
  const server = await serveThat((payload) => payload);
  const child = example.start('main', ['--url', server.url, '--seconds', '1000']);
  await child.sees(/^load/m);
  await server.close();
  expect(await child.exited).toBe(1);
  expect(child.output).toMatch(/^benchmark: .*1001.*\n/m);
});

it('ends with 0 at Ctrl+C', async () => {
  const child = example.start('main', ['--seconds', '1000']);
  await child.sees(/^load/m);
  child.process.kill('SIGINT');
  expect(await child.exited).toBe(0);
});

it('explains itself, and says in one line what is wrong', async () => {
  const help = example.start('main', ['--help']);
  expect(await help.exited).toBe(0);
  for (const word of ['--silent start', '--url', '--in-flight', '--verbose']) expect(help.stdout).toContain(word);
  for (const args of [['--connections', '0'], ['--size', '-1'], ['--no-such-option']]) {
    const child = example.start('main', args);
    expect(await child.exited).toBe(2);
    expect(child.output).toMatch(/^benchmark: .*\(--help tells more\)\n$/);
  }
  const server = await serveThat(() => undefined);
  await server.close();
  const missing = example.start('main', ['--url', server.url]);
  expect(await missing.exited).toBe(1);
  expect(missing.output).toMatch(/^benchmark: cannot connect to .*does the server run, and is this its port\?\n$/);
});
