import { exampleOf, testManners } from '@webson/child-process';
import { expect, it } from 'vitest';

const example = exampleOf(import.meta.url);

testManners(import.meta.url, { client: ['--pause', '1000000'], busy: /^server: heard "this"/m });

it('answers while the message still arrives, as the README shows', async () => {
  const { url } = await example.startServer();
  const client = example.start('client', ['--url', url, '--pause', '0']);
  expect(await client.exited).toBe(0);
  expect(client.output).toBe(example.blocks[1]);
});

it('says what is wrong with a pause', async () => {
  const client = example.start('client', ['--pause', 'long']);
  expect(await client.exited).toBe(2);
  expect(client.output).toMatch(/^client: --pause long: a whole number .*\n$/);
});
