import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleOf, testManners } from '@webson/child-process';
import { describe, expect, it, onTestFinished } from 'vitest';

const example = exampleOf(import.meta.url);

describe.each(['stream', 'channel'])('%s', (way) => {
  testManners(import.meta.url, { client: ['--way', way, '--size', '4096'], busy: /bytes to send\n/ });
});

it('sends a file and gets it back in three ways, as the README shows', async () => {
  const { child: server, url } = await example.startServer();
  const client = example.start('client', ['--url', url]);
  expect([await client.exited, client.stderr]).toEqual([0, '']);
  expect(client.stdout).toBe(example.blocks[1]);
  // The server has hashed the same bytes.
  const sums = client.stdout.split('\n').filter((line) => line.includes(': back '));
  for (const line of sums) await server.sees(new RegExp(`^${line.replace('back ', '')}$`, 'm'));
  expect(sums).toHaveLength(3);
});

it.each(['whole', 'stream', 'channel'])('sends a file of one’s own, an empty one too: %s', async (way) => {
  const folder = mkdtempSync(join(tmpdir(), 'large-entity-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { url } = await example.startServer();
  for (const [text, sum] of [
    ['', '0 bytes, SHA-256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', '3 bytes, SHA-256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ] as const) {
    writeFileSync(join(folder, 'file'), text);
    const client = example.start('client', ['--url', url, '--way', way, '--file', join(folder, 'file')]);
    expect([await client.exited, client.stderr]).toEqual([0, '']);
    expect(client.stdout).toContain(`${way}: sent ${sum}\n${way}: back ${sum}\n`);
  }
  expect(readdirSync(folder)).toEqual(['file']);
});

it('says what is wrong with a way, and with a file', async () => {
  const { url } = await example.startServer();
  for (const [args, code, message] of [
    [['--way', 'pigeon'], 2, /^client: --way pigeon: whole, stream or channel is needed \(--help tells more\)\n$/],
    [['--way', 'whole', '--file', '/no/such/file'], 1, /^client: ENOENT: no such file .*\/no\/such\/file'\n$/],
  ] as const) {
    const client = example.start('client', ['--url', url, ...args]);
    expect(await client.exited).toBe(code);
    expect(client.output).toMatch(message);
  }
});
