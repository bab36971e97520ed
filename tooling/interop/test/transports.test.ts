import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { dial, HandshakeError } from 'webson';
import { connect, DIRECTIONS, dialTo, opened, openWs, type PairOptions, startWebson, startWs, TLS } from './pair.js';
import { bytesOf, expectSame, type Payload, SIZES, textOf } from './payloads.js';

const TRANSPORTS: Readonly<Record<string, PairOptions>> = {
  tls: { tls: true },
  'unix socket': { socketPath: 'to be made' },
  'tls, compressed': { tls: true, webson: { enableCompress: true }, ws: { perMessageDeflate: true } },
};

describe.each(DIRECTIONS)('%s', (direction) => {
  describe.each(Object.keys(TRANSPORTS))('%s', (name) => {
    const open = async (): ReturnType<typeof connect> => {
      const options = TRANSPORTS[name] ?? {};
      return connect(
        direction,
        options.socketPath === undefined ? options : { ...options, socketPath: await freePath() },
      );
    };

    test('text and binary of every size, both ways', async () => {
      const { webson, ws, url } = await open();
      expect(url).toMatch(name.startsWith('tls') ? /^wss:/ : /^ws\+unix:/);
      const payloads: Payload[] = SIZES.flatMap((size) => [textOf(size), bytesOf(size)]);
      for (const payload of payloads) {
        webson.send(payload);
        ws.send(payload);
      }
      for (const payload of payloads) {
        expectSame(await ws.messages.next(), payload);
        expectSame(await webson.messages.next(), payload);
      }
    });

    test('3000 messages in a burst come in order, both ways', async () => {
      const { webson, ws } = await open();
      const sent = Array.from({ length: 3_000 }, (_, index) => `message ${index}`);
      for (const text of sent) {
        webson.send(text);
        ws.send(text);
      }
      expect(await ws.messages.take(sent.length)).toEqual(sent);
      expect(await webson.messages.take(sent.length)).toEqual(sent);
    });

    test('ping and close', async () => {
      const { webson, ws } = await open();
      ws.socket.ping('from ws');
      webson.connection.ping('from webson');
      expect(await ws.pongs.next()).toBe('from ws');
      expect(await webson.pongs.next()).toBe('from webson');
      webson.connection.close(4999, 'enough');
      expect(await ws.closed).toEqual({ code: 4999, reason: 'enough', wasClean: true });
      expect(await webson.ended).toEqual({ code: 4999, reason: 'enough', wasClean: true });
    });

    test('ws closes', async () => {
      const { webson, ws } = await open();
      ws.socket.close(3000, 'enough');
      expect(await webson.ended).toEqual({ code: 3000, reason: 'enough', wasClean: true });
      expect(await ws.closed).toEqual({ code: 3000, reason: 'enough', wasClean: true });
    });

    test('ws terminates: 1006', async () => {
      const { webson, ws } = await open();
      ws.socket.terminate();
      expect(await webson.ended).toMatchObject({ code: 1006, wasClean: false });
    });
  });
});

describe('certificates', () => {
  test('webson does not take one it does not know', async () => {
    const error = await dial(await startWs({ tls: true }, () => {})).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(HandshakeError);
    expect(error).toMatchObject({ code: 'CONNECT_FAILED', cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' } });
  });

  test('ws does not take that of a webson server either; the server lives on', async () => {
    const server = await startWebson({ tls: true }, () => {});
    await expect(opened(openWs(server.url))).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    await opened(openWs(server.url, { tls: true }));
  });

  test('webson dials a host by its name, and with useTLS in place of wss:', async () => {
    const url = new URL(await startWs({ tls: true }, () => {}));
    const plain = `ws://localhost:${url.port}/`;
    const tls = { ca: TLS.cert, host: '127.0.0.1' };
    await dialTo(plain, { useTLS: true, tls });
    await dialTo(plain.replace('ws:', 'wss:'), { tls });
  });

  test('webson in plain text is no client of a TLS server', async () => {
    const url = await startWs({ tls: true }, () => {});
    await expect(dial(url.replace('wss:', 'ws:'))).rejects.toBeInstanceOf(HandshakeError);
  });
});

test('a unix socket with a path in the URL', async () => {
  const socketPath = await freePath();
  const requested: unknown[] = [];
  const server = await startWebson({ socketPath }, (_connection, request) => requested.push(request.url), {
    path: '/chat',
  });
  expect(server.url).toBe(`ws+unix:${socketPath}:/chat`);
  await opened(openWs(server.url));
  await dialTo(`${server.url}?room=1`);
  expect(requested).toEqual(['/chat', '/chat?room=1']);
});

async function freePath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'webson-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return join(folder, 'socket');
}
