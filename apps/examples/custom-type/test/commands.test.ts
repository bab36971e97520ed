import { exampleOf, testManners } from '@webson/child-process';
import { expect, it } from 'vitest';

const example = exampleOf(import.meta.url);

testManners(import.meta.url, { client: ['--rounds', '1000000'], busy: /^receipt: 1000000 readings/m });

it('hears the alarm first, as the README shows', async () => {
  const { url } = await example.startServer();
  const client = example.start('client', ['--url', url]);
  expect(await client.exited).toBe(0);
  expect(client.output).toBe(example.blocks[1]);
});
