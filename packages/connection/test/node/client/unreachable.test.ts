import { once } from 'node:events';
import { createServer as createHttp2, createSecureServer } from 'node:http2';
import type { AddressInfo, Server as NetServer } from 'node:net';
import { createServer as createTls } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { toError } from '../../../src/application/thrown.js';
import { parseAddress } from '../../../src/node/client/address.js';
import { dial } from '../../../src/node/client/dial.js';
import { unreachable } from '../../../src/node/client/unreachable.js';
import { hostileValues } from '../../support/hostile-values.js';
import { cleanUp, expectNothingLeft, listen, rejection, reset, serveForTest, socketPath, TLS } from '../harness.js';

expectNothingLeft();

async function portOfAny(server: NetServer): Promise<number> {
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => sockets.add(socket));
  server.listen({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  cleanUp(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

const TRUST = { tls: { ca: TLS.cert } };

describe('a client that cannot connect is told what to look at', () => {
  it.each(['ws', 'wss'])('%s: a port that nobody listens on', async (scheme) => {
    const { port, server } = await listen(() => {});
    await new Promise((resolve) => server.close(resolve));
    const error = await rejection(dial(`${scheme}://127.0.0.1:${port}/x?token=s3cret`));
    expect(error).toMatchObject({ code: 'CONNECT_FAILED', cause: { code: 'ECONNREFUSED' } });
    expect(error.message).toBe(
      `cannot connect to ${scheme}://127.0.0.1:${port}/x?token=***: connect ECONNREFUSED 127.0.0.1:${port}; nothing listens there: does the server run, and is this its port?`,
    );
  });

  it('a name that nobody has', async () => {
    const error = await rejection(dial('ws://nobody.invalid/'));
    // Without any network the name cannot even be looked up.
    expect(error.message).toMatch(
      /; (no host of that name is known|the name could not be looked up for now: is there a network\?)$/,
    );
  });

  it('a unix socket that is not there', async () => {
    const error = await rejection(dial(`ws+unix:${socketPath()}`));
    expect(error.message).toMatch(/; there is no such socket: does the server run\?$/);
  });

  it('a certificate that is not trusted, and one for other names', async () => {
    const server = await serveForTest({ tls: TLS });
    const error = await rejection(dial(server.url));
    expect(error).toMatchObject({ code: 'CONNECT_FAILED', cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' } });
    expect(error.message).toMatch(/; if the certificate is one of your own, give that of its issuer: tls: \{ ca \}$/);
    const other = await rejection(dial(server.url, { tls: { ...TRUST.tls, servername: 'other.test' } }));
    expect(other.message).toMatch(/; dial a name that the certificate is for, or say which: tls: \{ servername \}$/);
  });

  it('wss: to a server of ws:', async () => {
    const server = await serveForTest({});
    const error = await rejection(dial(server.url.replace('ws:', 'wss:')));
    expect(error).toMatchObject({ code: 'TLS_MISMATCH' });
    const url = server.url.replace('ws:', 'wss:');
    expect(error.message).toBe(
      `cannot connect to ${url}: the server does not speak TLS on this port (wrong version number): dial ws: instead of wss:`,
    );
  });

  it('wss: to a server that closes, and to one that is silent', async () => {
    const closing = await listen((socket) => socket.end());
    expect((await rejection(dial(`wss://127.0.0.1:${closing.port}`))).message).toMatch(
      /; if the server does not speak TLS on this port, dial ws: instead of wss:$/,
    );
    const silent = await listen(() => {});
    const late = await rejection(dial(`wss://127.0.0.1:${silent.port}`, { timeout: { handshake: 50 } }));
    expect(late).toMatchObject({ code: 'TIMEOUT' });
    expect(late.message).toMatch(
      /within 50 ms \(timeout\.handshake\): it does not answer in TLS: if it does not speak TLS on this port, dial ws: instead of wss:$/,
    );
  });

  it('ws: to a server of wss:, which says nothing', async () => {
    const server = await serveForTest({ tls: TLS });
    const error = await rejection(dial(server.url.replace('wss:', 'ws:')));
    expect(error).toMatchObject({ code: 'DISCONNECTED' });
    expect(error.message).toMatch(/; if it speaks TLS on this port, dial wss: instead of ws:$/);
  });

  it.each([[[0x15, 3, 3, 0, 2, 2, 40]], [[0x15, 3, 1, 0, 2, 2, 70]]])(
    'ws: to a server that answers with an alert of TLS, %j, in one piece and byte by byte',
    async (alert) => {
      const whole = await listen((socket) => socket.end(Uint8Array.from(alert)));
      const error = await rejection(dial(`ws://127.0.0.1:${whole.port}`));
      expect(error).toMatchObject({ code: 'TLS_MISMATCH' });
      expect(error.message).toBe('the server speaks TLS on this port: dial wss: instead of ws:');
      const pieces = await listen((socket) => {
        socket.setNoDelay(true);
        let at = 0;
        const next = (): void => {
          if (at === alert.length) socket.end();
          else socket.write(Uint8Array.of(alert[at++] as number), () => setImmediate(next));
        };
        next();
      });
      expect(await rejection(dial(`ws://127.0.0.1:${pieces.port}`))).toMatchObject({ code: 'TLS_MISMATCH' });
    },
  );

  it('ws: to a server that resets: it may speak TLS', async () => {
    const resetting = await listen((socket) => socket.once('data', () => reset(socket)));
    const error = await rejection(dial(`ws://127.0.0.1:${resetting.port}`));
    expect(error.message).toMatch(/; if (it|the server) speaks TLS on this port, dial wss: instead of ws:$/);
  });

  it('a server of HTTP/2 alone, in plain text and over TLS', async () => {
    const plain = await portOfAny(createHttp2());
    const error = await rejection(dial(`ws://127.0.0.1:${plain}`));
    expect(error).toMatchObject({ code: 'BAD_HTTP_VERSION' });
    expect(error.message).toBe('the server answered in HTTP/2 without being asked, expected HTTP/1.1');
    const secure = await portOfAny(createSecureServer(TLS));
    expect((await rejection(dial(`wss://127.0.0.1:${secure}`, TRUST))).message).toMatch(
      /: tlsv1 alert no application protocol; the server speaks no HTTP\/1\.1 on this port, perhaps HTTP\/2 alone$/,
    );
  });

  it('a server that wants a certificate, or another version of TLS', async () => {
    const certificate = createTls({ ...TLS, requestCert: true, rejectUnauthorized: true, maxVersion: 'TLSv1.2' });
    const wanting = await rejection(dial(`wss://127.0.0.1:${await portOfAny(certificate)}`, TRUST));
    expect(wanting).toMatchObject({ name: 'HandshakeError' });
    const old = await portOfAny(createTls({ ...TLS, maxVersion: 'TLSv1.2' }));
    const options = { tls: { ...TRUST.tls, minVersion: 'TLSv1.3' as const } };
    expect((await rejection(dial(`wss://127.0.0.1:${old}`, options))).message).toMatch(
      /; server and client have no version of TLS in common: tls: \{ minVersion \}$/,
    );
  });

  it('says where the time has gone', async () => {
    const silent = await listen(() => {});
    const quick = { timeout: { handshake: 50 } };
    const asked = await rejection(dial(`ws://127.0.0.1:${silent.port}/?token=s3cret`, quick));
    expect(asked.message).toBe(
      `no connection to ws://127.0.0.1:${silent.port}/?token=*** within 50 ms (timeout.handshake): it does not answer the request`,
    );
    const never = await rejection(dial('ws://a.test/', { ...quick, connect: () => new Promise<never>(() => {}) }));
    expect(never.message).toMatch(/: its host does not answer$/);
  });
});

it.each(hostileValues)('an error that cannot be looked at closely: %s', (_name, create) => {
  const error = unreachable(parseAddress('wss://a.test/'), toError(create()));
  expect(error.message).toMatch(/^cannot connect to wss:\/\/a\.test\/: ./);
});
