import { once } from 'node:events';
import { createServer as createHttp } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTls, type TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { type DialOptions, dial } from '../../../src/node/client/dial.js';
import { cleanUp, expectNothingLeft, listen, rejection, TLS } from '../harness.js';

expectNothingLeft();

interface Kind {
  scheme: string;
  options: DialOptions;
  listen: (onSocket: (socket: Socket) => void) => Promise<number>;
}

const KINDS: [string, Kind][] = [
  ['TCP', { scheme: 'ws', options: {}, listen: async (onSocket) => (await listen(onSocket)).port }],
  ['TLS', { scheme: 'wss', options: { tls: { ca: TLS.cert } }, listen: listenTls }],
];

async function listenTls(onSocket: (socket: TLSSocket) => void): Promise<number> {
  const sockets = new Set<TLSSocket>();
  const server = createTls({ ...TLS, ALPNProtocols: ['http/1.1'] }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onSocket(socket);
  });
  server.listen({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  cleanUp(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

describe.each(KINDS)('over %s', (_kind, { scheme, options, listen: listenAs }) => {
  /** What a client is told that a server answers with `head` and `body`; the server ends nothing. */
  async function told(
    head: string,
    body = '',
    path = '/chat?token=s3cret-token',
    more: DialOptions = {},
  ): Promise<string> {
    const port = await listenAs((socket) => {
      socket.once('data', () => {
        socket.write(`HTTP/1.1 ${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`, 'latin1');
      });
    });
    const error = await rejection(dial(`${scheme}://127.0.0.1:${port}${path}`, { ...options, ...more }));
    expect(error).toMatchObject({ code: 'BAD_STATUS', status: Number(head.slice(0, 3)) });
    return error.message;
  }

  const TEXT = 'Content-Type: text/plain';

  it.each([
    ['301 Moved\r\nLocation: /chat/', 'it redirects to "/chat/": redirects are not followed, dial what is meant'],
    [
      '302 Found\r\nLocation: https://u:p@a.test/login?back=s3cret-token#x',
      'it redirects to "https://***@a.test/login?back=***#***": redirects are not followed, dial what is meant',
    ],
    ['200 OK', 'it serves something else there: is the path that of a WebSocket server?'],
    ['204 No', 'it serves something else there: is the path that of a WebSocket server?'],
    [
      '400 Bad',
      'does something on the way, a proxy perhaps, take the fields Upgrade and Connection out of the request?',
    ],
    [
      '426 Up\r\nUpgrade: websocket',
      'does something on the way, a proxy perhaps, take the fields Upgrade and Connection out of the request?',
    ],
    ['426 Up\r\nUpgrade: TLS/1.0, HTTP/1.1', 'it wants an upgrade to "TLS/1.0, HTTP/1.1"'],
    ['401 No', 'are user, password and the header fields it looks at right?'],
    ['403 No', 'may this client, or the origin that it names, connect there?'],
    ['404 No', 'there is nothing at /chat?token=***: is the path right?'],
    ['503 No', 'it takes no connections now: dial again later'],
  ])('%s', async (head, hint) => {
    expect(await told(head)).toBe(`the server answered with status ${head.slice(0, 3)}, expected 101; ${hint}`);
  });

  it('what has no hint has none', async () => {
    expect(await told('418 I am')).toBe('the server answered with status 418, expected 101');
    expect(await told('300 Choices')).toBe('the server answered with status 300, expected 101');
  });

  it('says what the server says in plain text, its first line', async () => {
    expect(await told(`418 I\r\n${TEXT}`, 'a "teapot"\x1b\nand more')).toBe(
      'the server answered with status 418, expected 101; it says "a \\"teapot\\"\\\\x1b"',
    );
    expect(await told('418 I\r\nContent-Type: text/html', '<p>a teapot')).not.toContain('teapot');
    expect(await told(`418 I\r\n${TEXT}\r\nContent-Encoding: gzip`, 'teapot')).not.toContain('teapot');
  });

  it.each([
    ['the query', '/?token=s3cret-token', {}],
    ['the query, decoded', '/?token=s3cret%2Dtoken', {}],
    ['a field', '/', { extraHeaders: { Cookie: 's3cret-token' } }],
    ['a field of many', '/', { extraHeaders: { 'X-A': ['a', 's3cret-token'] as unknown as string } }],
  ])('does not say what repeats a secret: %s', async (_name, path, more) => {
    expect(await told(`418 I\r\n${TEXT}`, 'no s3cret-token here', path, more)).not.toContain('s3cret');
    expect(await told('302 Found\r\nLocation: /s3cret-token/', '', path, more)).toContain('"/***/"');
  });

  it('names the origin that a server has refused: it is no secret', async () => {
    const more = { extraHeaders: { Origin: 'http://here.test' } };
    expect(await told(`403 No\r\n${TEXT}`, 'not http://here.test', '/', more)).toContain('"not http://here.test"');
  });
});

it('a server that wants TLS says so with 400, in words of nginx, of Go, of Apache', async () => {
  for (const [type, body] of [
    ['text/html', '<html><center>The plain HTTP request was sent to HTTPS port</center>'],
    ['text/plain', 'Client sent an HTTP request to an HTTPS server.\n'],
    ['text/plain', "You're speaking plain HTTP to an SSL-enabled server port."],
  ]) {
    const { port } = await listen((socket) => {
      socket.once('data', () => socket.end(`HTTP/1.1 400 Bad\r\nContent-Type: ${type}\r\n\r\n${body}`));
    });
    const error = await rejection(dial(`ws://127.0.0.1:${port}`));
    expect(error.message).toContain('; the server speaks TLS on this port: dial wss: instead of ws:');
  }
});

it('a refusal rejects when its head is there, though the server of Node keeps the connection and never ends the body', async () => {
  const server = createHttp();
  server.on('upgrade', (_request, socket) => {
    cleanUp(() => void socket.destroy());
    socket.on('error', () => {});
    socket.write('HTTP/1.1 403 No\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n');
  });
  server.listen({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const closed = once(server, 'close');
  cleanUp(() => closed);
  cleanUp(() => void server.close());
  // With a deadline a day away only the time for the body can end it.
  const timeout = { handshake: 86_400_000 };
  const error = await rejection(dial(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, { timeout }));
  expect(error).toMatchObject({ status: 403 });
  expect(error.message).toContain('it says "no"');
});
