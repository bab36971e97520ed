import { exampleOf, testManners } from '@webson/child-process';
import { expect, it } from 'vitest';

const example = exampleOf(import.meta.url);

testManners(import.meta.url, { client: ['--size', '1000000'], busy: /^mean of 3 readings: 20\.3\n/m });

/** Without what a handshake is different in each time. */
const steady = (text: string): string => text.replaceAll(/"[\w+/]{27}="/g, '"…"');

it('lets readings overtake a log, as the README shows', async () => {
  const { url } = await example.startServer();
  const client = example.start('client', ['--url', url]);
  expect(await client.exited).toBe(0);
  expect(client.output).toBe(example.blocks[1]);
});

it('shows strangers and the server what the README shows', async () => {
  const { child, url } = await example.startServer();
  const stranger = example.start('stranger', ['--url', url]);
  expect(await stranger.exited).toBe(0);
  expect(steady(stranger.output)).toBe(example.blocks[2]);
  child.process.kill('SIGINT');
  expect(await child.exited).toBe(0);
  // The stranger may be there anew before it is known that it has left.
  const sorted = (text: string): string[] => text.split('\n').sort();
  expect(sorted(child.stdout.replace(/^.*\n/, ''))).toEqual(sorted(example.blocks[3] ?? ''));
});

it('refuses a user whom it does not know, in one line', async () => {
  const { url } = await example.startServer();
  const client = example.start('client', ['--url', url, '--user', 'eve:listens']);
  expect(await client.exited).toBe(1);
  expect(client.output).toMatch(/^client: .* status 401, .*"another user and password are needed"\n$/);
});

it('says in one line that there is no server for strangers', async () => {
  const { child, url } = await example.startServer();
  child.process.kill('SIGINT');
  await child.exited;
  const stranger = example.start('stranger', ['--url', url]);
  expect(await stranger.exited).toBe(1);
  expect(stranger.output).toMatch(/^stranger: cannot connect to .*does the server run, and is this its port\?\n$/);
});
