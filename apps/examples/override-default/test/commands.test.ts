import { exampleOf, testManners } from '@webson/child-process';
import { expect, it } from 'vitest';

const example = exampleOf(import.meta.url);

testManners(import.meta.url, { client: ['--count', '1000000000'], busy: /^binary message: ping 3\n/m });

it('answers pings by binary messages, as the README shows', async () => {
  const { url } = await example.startServer();
  const client = example.start('client', ['--url', url]);
  expect(await client.exited).toBe(0);
  expect(client.output).toBe(example.blocks[1]);
});

it('answers them by pongs with --default', async () => {
  const { url } = await example.startServer(['--default']);
  const client = example.start('client', ['--url', url]);
  expect(await client.exited).toBe(0);
  expect(client.output).toBe('pong: ping 1\npong: ping 2\npong: ping 3\n');
});
