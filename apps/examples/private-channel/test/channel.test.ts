import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Child, spawnChild } from '@webson/child-process';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';

const known = 'a message that somebody on the way knows';
const secret = 'and one that nobody but the two may know';

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'webson-channel-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function startCommand(name: 'create-secrets' | 'server' | 'client', ...args: string[]): Child {
  return spawnChild(process.execPath, [fileURLToPath(new URL(`../dist/${name}.js`, import.meta.url)), ...args]);
}

/** A file with secrets of which some are others. */
function secretsFile(other: { psk?: string; magicKey?: string; privateMask?: string } = {}): string {
  const secrets = { psk: '11'.repeat(32), magicKey: 'magic', privateMask: '0f1e2d3c4b5a6978', ...other };
  const file = join(folder, `${Object.keys(other).join() || 'right'}.json`);
  writeFileSync(file, JSON.stringify(secrets));
  return file;
}

async function startServer(...args: string[]): Promise<{ child: Child; url: string }> {
  const child = startCommand('server', '--port', '0', '--secrets', secretsFile(), ...args);
  const [, url = ''] = await child.sees(/^(wss?:\S+)\n/);
  return { child, url };
}

async function runClient(url: string, secrets: string, ...messages: string[]): Promise<[unknown, string]> {
  const client = startCommand('client', '--url', url, '--secrets', secrets, ...messages);
  return [await client.exited, client.output];
}

/** Stands between client and server, and keeps a copy of what each has sent. */
async function eavesdrop(url: string): Promise<{ url: string; sent: Buffer[]; answered: Buffer[] }> {
  const sent: Buffer[] = [];
  const answered: Buffer[] = [];
  const { hostname, port } = new URL(url);
  const relay = createServer((client) => {
    const server = connect(Number(port), hostname);
    client.on('data', (chunk) => sent.push(chunk)).on('error', () => server.destroy());
    server.on('data', (chunk) => answered.push(chunk)).on('error', () => client.destroy());
    client.pipe(server).pipe(client);
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void relay.close());
  const between = new URL(url);
  between.port = `${(relay.address() as AddressInfo).port}`;
  return { url: between.href, sent, answered };
}

/** The masking key and masked payload of each small frame after the head of an HTTP request. */
function framesOf(chunks: readonly Buffer[]): { key: Buffer; payload: Buffer }[] {
  const bytes = Buffer.concat(chunks);
  const frames: { key: Buffer; payload: Buffer }[] = [];
  for (let at = bytes.indexOf('\r\n\r\n') + 4; at + 6 <= bytes.length; ) {
    const end = at + 6 + (bytes.readUInt8(at + 1) & 0x7f);
    frames.push({ key: bytes.subarray(at + 2, at + 6), payload: bytes.subarray(at + 6, end) });
    at = end;
  }
  return frames;
}

it('makes secrets with which a client gets its answers', async () => {
  const file = join(folder, 'made.json');
  const created = startCommand('create-secrets', file);
  expect(await created.exited).toBe(0);
  if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
  const server = startCommand('server', '--port', '0', '--secrets', file);
  const [, url = ''] = await server.sees(/^(wss:\S+)\n/);
  expect(await runClient(url, file, 'one', 'zwölf')).toEqual([0, 'read: one\nread: zwölf\n']);
  const again = startCommand('create-secrets', file);
  expect(await again.exited).toBe(1);
  expect(again.output).toContain('EEXIST');
  server.process.kill('SIGINT');
  expect(await server.exited).toBe(0);
});

it('fails cleanly when one of the secrets is another, and serves the next client', async () => {
  const { child, url } = await startServer();
  expect(await runClient(url, secretsFile({ psk: '22'.repeat(32) }), known)).toEqual([
    1,
    expect.stringMatching(/^client: cannot connect to wss:\S+: .*alert bad record mac/),
  ]);
  expect(await runClient(url, secretsFile({ magicKey: 'other' }), known)).toEqual([
    1,
    expect.stringMatching(/^client: the Sec-WebSocket-Accept header is .*; do both ends have the same magicKey\?\n$/),
  ]);
  expect(await runClient(url, secretsFile({ privateMask: 'f0e1d2c3b4a59687' }), known)).toEqual([
    1,
    'client: the connection ended with 1002 close code 64528 may not be on the wire\n',
  ]);
  await child.sees(/^a connection ended: 1007 text that is not UTF-8\n/m);
  expect(await runClient(url, secretsFile(), known)).toEqual([0, `read: ${known}\n`]);
});

it('shows an eavesdropper nothing with TLS', async () => {
  const { url, sent, answered } = await eavesdrop((await startServer()).url);
  expect(await runClient(url, secretsFile(), known, secret)).toEqual([0, `read: ${known}\nread: ${secret}\n`]);
  for (const bytes of [Buffer.concat(sent), Buffer.concat(answered)]) {
    expect(bytes.length).toBeGreaterThan(100);
    expect(bytes.includes('HTTP/1.1')).toBe(false);
    expect(bytes.includes(secret)).toBe(false);
  }
});

it('is read by an eavesdropper who knows one message, without TLS', async () => {
  const { url, sent, answered } = await eavesdrop((await startServer('--plain')).url);
  expect(await runClient(url, secretsFile(), known, secret)).toEqual([0, `read: ${known}\nread: ${secret}\n`]);
  for (const bytes of [Buffer.concat(sent), Buffer.concat(answered)]) {
    expect(bytes.includes('HTTP/1.1')).toBe(true);
    expect(bytes.includes(secret)).toBe(false);
  }
  // What is known, what was sent and its masking key give the private mask; with that the next frame is open.
  const [first, second] = framesOf(sent);
  const mask = Buffer.from(known)
    .map((byte, index) => byte ^ first!.payload[index]! ^ first!.key[index % 4]!)
    .subarray(0, 8);
  const opened = second!.payload.map((byte, index) => byte ^ mask[index % 8]! ^ second!.key[index % 4]!);
  expect(Buffer.from(opened).toString()).toBe(secret);
});

it('does not serve a client without TLS, or without the right file', async () => {
  const { url } = await startServer();
  const [code, output] = await runClient(url.replace('wss:', 'ws:'), secretsFile(), known);
  expect(code).toBe(1);
  expect(output).toMatch(/^client: .+\n$/);
  const [missing, message] = await runClient(url, join(folder, 'nowhere.json'), known);
  expect([missing, message]).toEqual([1, expect.stringContaining('ENOENT')]);
});

it('explains itself', async () => {
  for (const [name, text] of [
    ['create-secrets', 'secrets.json'],
    ['server', '--plain'],
    ['client', 'MESSAGE...'],
  ] as const) {
    const help = startCommand(name, '--help');
    expect(await help.exited).toBe(0);
    expect(help.output).toContain(text);
  }
  const client = startCommand('client');
  expect([await client.exited, client.output]).toEqual([2, 'client: a message is needed (--help tells more)\n']);
});
