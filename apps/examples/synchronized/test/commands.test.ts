import { exampleOf, testManners } from '@webson/child-process';
import { expect, it } from 'vitest';

const example = exampleOf(import.meta.url);

testManners(import.meta.url, { server: ['--step', '100000'], client: [], busy: /^sent: 0 to 10\n/m });

it('answers in order, as the README shows', async () => {
  const { url } = await example.startServer(['--step', '1']);
  const client = example.start('client', ['--url', url]);
  expect(await client.exited).toBe(0);
  expect(client.output).toBe(example.blocks[1]);
});

it('answers in the order in which handlers settle with --at-once', async () => {
  const { url } = await example.startServer(['--at-once']);
  const client = example.start('client', ['--url', url]);
  expect(await client.exited).toBe(0);
  const [sent, ...answers] = client.output.trimEnd().split('\n');
  expect(sent).toBe('sent: 0 to 10');
  expect(answers).toEqual(Array.from({ length: 11 }, (_, index) => `recv: ${10 - index}`));
});
