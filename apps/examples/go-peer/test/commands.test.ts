import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { exampleOf, testManners } from '@webson/child-process';
import { expect, it, onTestFinished } from 'vitest';
import { framesOf, request, response } from './captured.js';
import { RawPeer } from './raw-peer.js';

const example = exampleOf(import.meta.url);

testManners(import.meta.url, {
  client: ['--rounds', '1000000000'],
  busy: /^binary: 10000 bytes, as they were sent\n/m,
});

/** The lines of the head of a handshake without what is never twice the same, in any order. */
function fieldsOf(head: string): string[] {
  return head
    .trim()
    .toLowerCase()
    .replace(/^(host|sec-websocket-key|sec-websocket-accept):.*$/gm, '$1')
    .split(/\r?\n/)
    .map((line) => line.replace(/: */, ':'))
    .sort();
}

it('prints what the README shows', async () => {
  const { url } = await example.startServer();
  const client = example.start('client', ['--url', url]);
  expect([await client.exited, client.stderr]).toEqual([0, '']);
  expect(client.stdout).toBe(example.blocks[1]);
});

it('answers what was captured of a Go client with the bytes that a Go server has sent', async () => {
  const { url } = await example.startServer();
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  const peer = new RawPeer(socket);
  peer.write(request);
  const head = await peer.head();
  expect(fieldsOf(head)).toEqual(fieldsOf(response.toString('latin1')));
  const [, accept = ''] = /sec-websocket-accept: (.*)\r/i.exec(response.toString('latin1')) ?? [];
  expect(head).toContain(`: ${accept}\r\n`);
  for (const bytes of framesOf('c2s-single', { masked: true })) peer.write(bytes);
  for (const bytes of framesOf('s2c-single', { masked: false })) expect(await peer.frame()).toEqual(bytes);
  for (const bytes of framesOf('c2s-fragments-10000', { masked: true })) peer.write(bytes);
  await expectAsOf('s2c-fragments-10000', peer);
});

it('sends a Go server what a Go client has sent', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const connected = once(server, 'connection') as Promise<[Socket]>;
  const client = example.start('client', ['--url', `ws://127.0.0.1:${port}/`]);
  const [socket] = await connected;
  onTestFinished(() => void socket.destroy());
  const peer = new RawPeer(socket);
  const head = await peer.head();
  expect(fieldsOf(head)).toEqual(fieldsOf(request.toString('latin1')));
  const [, key = ''] = /sec-websocket-key: ?(.*)\r/i.exec(head) ?? [];
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  peer.write(Buffer.from(response.toString('latin1').replace(/(Sec-Websocket-Accept: ).*/, `$1${accept}`)));
  for (const bytes of framesOf('c2s-single', { masked: false })) expect(await peer.frame()).toEqual(bytes);
  for (const bytes of framesOf('s2c-single', { masked: false })) peer.write(bytes);
  await client.sees(/^up to 1024 streams\ntext: hello\n/);
  await expectAsOf(
    'c2s-fragments-10000',
    peer,
    Uint8Array.from({ length: 10_000 }, (_, index) => index % 251),
  );
});

/**
 * Reads a message of several frames, and compares it with a captured one: the type is repeated, FIN is on the last, the id is that of
 * the captured one. The Go kit puts up to 4098 bytes into a frame, we up to 4096, so they are not cut at the same bytes.
 */
async function expectAsOf(name: string, peer: RawPeer, body?: Uint8Array): Promise<void> {
  const captured = framesOf(name, { masked: false });
  const frames: Buffer[] = [];
  for (const _ of captured) frames.push(await peer.frame());
  for (const [index, frame] of frames.entries()) {
    expect(frame[0]).toBe(captured[index]![0]);
    expect(frame.subarray(4, 6)).toEqual(captured[index]!.subarray(4, 6));
    expect(frame.length).toBeLessThanOrEqual(4 + 4096);
  }
  const bodyOf = (all: Buffer[]): Buffer => Buffer.concat(all.map((frame) => frame.subarray(6)));
  expect(Buffer.compare(bodyOf(frames), body ?? bodyOf(captured))).toBe(0);
}
