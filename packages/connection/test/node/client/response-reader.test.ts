import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { BodyReader, readResponseHead } from '../../../src/node/client/response-reader.js';
import { turns } from '../../support/turns.js';
import { cleanUp, expectNothingLeft, rejection, socketPair } from '../harness.js';

expectNothingLeft();

async function open(): Promise<[Socket, Socket]> {
  const [client, server, listener] = await socketPair();
  listener.close();
  client.on('error', () => {});
  cleanUp(() => {
    client.destroy();
    server.destroy();
  });
  return [client, server];
}

const OK = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n';

describe('readResponseHead', () => {
  it('reads the head, and leaves the rest and the end to whoever reads on', async () => {
    const [client, server] = await open();
    server.end(`${OK}frames`);
    const head = await readResponseHead(client);
    expect(head).toMatchObject({ status: 101, version: '1.1' });
    await turns(20);
    expect(client.readableEnded).toBe(false);
    client.setEncoding('utf8').resume();
    expect(await once(client, 'data')).toEqual(['frames']);
    if (!client.readableEnded) await once(client, 'end');
    expect(client.eventNames()).not.toContain('data');
  });

  it('reads a head that comes in pieces, interim answers before it', async () => {
    const [client, server] = await open();
    const reading = readResponseHead(client);
    for (const character of `HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${OK}`) {
      server.write(character);
      await turns(1);
    }
    expect((await reading).headers.get('upgrade')).toBe('websocket');
  });

  it('fails with an end before it is complete, also one that has been', async () => {
    const [client, server] = await open();
    const reading = readResponseHead(client);
    server.end(OK.slice(0, -2));
    expect(await rejection(reading)).toMatchObject({ name: 'HandshakeError', code: 'DISCONNECTED' });
    expect(await rejection(readResponseHead(client))).toMatchObject({ code: 'DISCONNECTED' });
  });

  it('fails when the stream is destroyed', async () => {
    const [client] = await open();
    const reading = readResponseHead(client);
    client.destroy();
    expect(await rejection(reading)).toMatchObject({ code: 'DISCONNECTED' });
  });

  it.each([
    ['BAD_HEAD', 'SSH-2.0-OpenSSH\r\n\r\n'],
    ['HEAD_TOO_LARGE', `HTTP/1.1 101 OK\r\n${'A: b\r\n'.repeat(5000)}`],
  ])('fails with %s', async (code, wire) => {
    const [client, server] = await open();
    const reading = readResponseHead(client);
    server.write(wire);
    expect(await rejection(reading)).toMatchObject({ name: 'HandshakeFailure', code });
  });
});

describe('BodyReader', () => {
  async function read(fields: string, body: string, status = 400): Promise<{ body: string; isDone: boolean }> {
    const [client, server] = await open();
    server.write(`HTTP/1.1 ${status} No\r\n${fields}\r\n${body}`, 'latin1');
    const reader = new BodyReader(client, await readResponseHead(client));
    let isDone = false;
    void reader.done.then(() => {
      isDone = true;
    });
    // What the server sent is there when the answer of the client to a last word has come.
    client.write('?');
    await once(server.resume(), 'data');
    await turns(5);
    return { body: Buffer.from(reader.bytes).toString('latin1'), isDone };
  }

  it('reads as much as Content-Length says', async () => {
    expect(await read('Content-Length: 5\r\n', 'hello and more')).toEqual({ body: 'hello', isDone: true });
    expect(await read('Content-Length: 5\r\n', 'hell')).toEqual({ body: 'hell', isDone: false });
    expect(await read('Content-Length: 0\r\n', 'hello')).toEqual({ body: '', isDone: true });
    expect(await read('Content-Length: -1\r\n', 'hello')).toEqual({ body: '', isDone: true });
  });

  it('reads no more than 4096 bytes', async () => {
    const body = 'x'.repeat(10_000);
    expect(await read('Content-Length: 10000\r\n', body)).toEqual({ body: body.slice(0, 4096), isDone: true });
    expect(await read('', body)).toEqual({ body: body.slice(0, 4096), isDone: true });
    const chunked = await read('Transfer-Encoding: gzip, Chunked\r\n', `2710\r\n${body}`);
    expect(chunked).toEqual({ body: body.slice(0, 4096), isDone: true });
  });

  it('takes chunks apart', async () => {
    const wire = '5\r\nhello\r\n0\r\n\r\n';
    expect(await read('Transfer-Encoding: chunked\r\n', wire)).toEqual({ body: 'hello', isDone: true });
    expect(await read('Transfer-Encoding: chunked\r\nContent-Length: 1\r\n', wire)).toMatchObject({ body: 'hello' });
  });

  it('expects nothing after 204 and 304', async () => {
    expect(await read('', 'hello', 204)).toEqual({ body: '', isDone: true });
    expect(await read('Content-Length: 5\r\n', '', 304)).toEqual({ body: '', isDone: true });
  });

  it.each([
    ['without a length', '', ''],
    ['with a length that is not reached', 'Content-Length: 100\r\n', ''],
    ['a chunk that is not reached', 'Transfer-Encoding: chunked\r\n', '64\r\n'],
  ])('does not wait for the end of a body that has none: %s', async (_what, fields, chunk) => {
    const [client, server] = await open();
    server.write(`HTTP/1.1 400 No\r\n${fields}\r\n${chunk}hello`);
    const reader = new BodyReader(client, await readResponseHead(client));
    await reader.done;
    expect(Buffer.from(reader.bytes).toString()).toBe('hello');
  });

  it('reads little of what is no data, either', async () => {
    const [client, server] = await open();
    server.on('error', () => {});
    server.write('HTTP/1.1 400 No\r\nTransfer-Encoding: chunked\r\n\r\n');
    // Line ends without a chunk, for as long as somebody reads.
    const flood = (): void => {
      while (!server.destroyed && server.write('\r\n'.repeat(8192)));
    };
    server.on('drain', flood);
    flood();
    const reader = new BodyReader(client, await readResponseHead(client));
    await reader.done;
    expect(client.bytesRead).toBeLessThan(1 << 20);
    expect(reader.bytes).toHaveLength(0);
  });

  it.each(['end', 'destroy'] as const)('reads until the stream ends: %s', async (how) => {
    const [client, server] = await open();
    server.write('HTTP/1.1 400 No\r\n\r\nhello');
    const reader = new BodyReader(client, await readResponseHead(client));
    await once(client, 'data');
    server[how]();
    await reader.done;
    expect(Buffer.from(reader.bytes).toString()).toBe('hello');
  });
});
