import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { type ConnectionOptions, dial, HandshakeError, type ServeOptions } from 'webson';
import type { ClientOptions, ServerOptions, WebSocket } from 'ws';
import { Inbox } from './inbox.js';
import { connect, dialTo, opened, openWs, startWebson, startWs } from './pair.js';

describe('webson client, ws server', () => {
  const REFUSALS: readonly (readonly [string, ServerOptions, number])[] = [
    ['verifyClient false', { verifyClient: () => false }, 401],
    ['verifyClient later', { verifyClient: (_info, answer) => setImmediate(answer, false) }, 401],
    ['a status of its own', { verifyClient: (_info, answer) => answer(false, 403, 'No', { 'x-why': 'because' }) }, 403],
    ['too busy', { verifyClient: (_info, answer) => answer(false, 503) }, 503],
    ['another path', { path: '/elsewhere' }, 400],
  ];

  test.each(REFUSALS)('refused: %s', async (_name, own, status) => {
    const sockets: WebSocket[] = [];
    const url = await startWs({}, (socket) => sockets.push(socket), own);
    const error = await rejection(dial(new URL('/', url)));
    expect(error).toBeInstanceOf(HandshakeError);
    expect(error).toMatchObject({ code: 'BAD_STATUS', status });
    expect(sockets).toEqual([]);
  });

  test('the header fields of a refusal can be read', async () => {
    const verifyClient: ServerOptions['verifyClient'] = (_info, answer) =>
      answer(false, 403, 'No', { 'x-why': 'because' });
    const url = await startWs({}, () => {}, { verifyClient });
    const error = (await rejection(dial(url))) as HandshakeError;
    expect(error.headers?.get('X-Why')).toBe('because');
  });

  test('the server is not there', async () => {
    const server = await startWebson({}, () => {});
    const { url } = server;
    await server.close();
    const error = await rejection(dial(url));
    expect(error).toBeInstanceOf(HandshakeError);
    expect(error).toMatchObject({ code: 'CONNECT_FAILED', cause: { code: 'ECONNREFUSED' } });
  });

  test('headerVerify of webson sees the answer, and can refuse it', async () => {
    const url = await startWs({}, () => {});
    const seen: (string | undefined)[] = [];
    const verify = (isFine: boolean): ConnectionOptions => ({
      headerVerify: (headers) => {
        seen.push(headers.get('upgrade'));
        return isFine;
      },
    });
    const error = await rejection(dial(url, verify(false)));
    expect(error).toMatchObject({ code: 'UNVERIFIED' });
    await dialTo(url, verify(true));
    expect(seen).toEqual(['websocket', 'websocket']);
  });

  test('ws sees user and password, further header fields, and the URL', async () => {
    const requests = new Inbox<IncomingMessage>();
    const url = new URL(await startWs({}, (_socket, request) => requests.push(request)));
    url.username = 'aladdin';
    url.password = 'open sesame';
    url.pathname = '/a/b';
    url.search = '?c=d%20e';
    const connection = await dialTo(url.href, { extraHeaders: { 'X-Test': 'yes', Origin: 'http://example.org' } });
    const { headers, url: target } = await requests.next();
    expect(target).toBe('/a/b?c=d%20e');
    expect(headers).toMatchObject({
      authorization: `Basic ${Buffer.from('aladdin:open sesame').toString('base64')}`,
      'x-test': 'yes',
      origin: 'http://example.org',
      host: url.host,
      'sec-websocket-version': '13',
    });
    expect(connection.url).not.toContain('sesame');
  });

  const PROTOCOLS: readonly (readonly [string, string[] | undefined, ServerOptions['handleProtocols'], string])[] = [
    ['none', undefined, undefined, ''],
    ['one', ['chat'], undefined, 'chat'],
    ['the first offered', ['superchat', 'chat'], undefined, 'superchat'],
    ['the choice of the server', ['superchat', 'chat'], () => 'chat', 'chat'],
  ];

  test.each(PROTOCOLS)('sub-protocol: %s', async (_name, protocols, handleProtocols, expected) => {
    const sockets = new Inbox<WebSocket>();
    const own = handleProtocols === undefined ? {} : { handleProtocols };
    const url = await startWs({}, (socket) => sockets.push(socket), own);
    const connection = await dialTo(url, protocols === undefined ? {} : { protocols });
    expect(connection.protocol).toBe(expected);
    expect((await sockets.next()).protocol).toBe(expected);
  });

  test('sub-protocol: a server that takes none of those offered', async () => {
    const url = await startWs({}, () => {}, { handleProtocols: () => false });
    expect(await rejection(dial(url, { protocols: ['chat'] }))).toMatchObject({ code: 'NO_PROTOCOL' });
    const connection = await dialTo(url, { protocols: ['chat'], requireProtocol: false });
    expect(connection.protocol).toBe('');
  });

  test('sub-protocol: a server that answers one that was not offered is left', async () => {
    const url = await startWs({}, () => {}, { handleProtocols: () => 'surprise' });
    const error = await rejection(dial(url, { protocols: ['chat'] }));
    expect(error).toBeInstanceOf(HandshakeError);
    expect(error).toMatchObject({ code: 'BAD_PROTOCOL' });
  });
});

describe('ws client, webson server', () => {
  const REFUSALS: readonly (readonly [string, ServeOptions, ClientOptions, number, string])[] = [
    ['headerVerify false', { headerVerify: () => false }, {}, 401, 'UNVERIFIED'],
    ['headerVerify later', { headerVerify: () => Promise.resolve(false) }, {}, 401, 'UNVERIFIED'],
    ['another origin', {}, { origin: 'http://evil.example' }, 403, 'ORIGIN_REFUSED'],
    ['an origin without a name', {}, { origin: 'null' }, 403, 'ORIGIN_REFUSED'],
    [
      'not in the list',
      { origins: ['https://good.example'] },
      { origin: 'http://good.example' },
      403,
      'ORIGIN_REFUSED',
    ],
    ['as a function says', { origins: () => false }, { origin: 'http://good.example' }, 403, 'ORIGIN_REFUSED'],
    ['another path', { path: '/elsewhere' }, {}, 404, 'NOT_FOUND'],
    ['an old version', {}, { protocolVersion: 8 }, 426, 'BAD_REQUEST'],
  ];

  test.each(REFUSALS)('refused: %s', async (_name, own, client, status, code) => {
    const errors = new Inbox<Error>();
    const accepted: unknown[] = [];
    const onError = (error: Error): void => errors.push(error);
    const server = await startWebson({}, (connection) => accepted.push(connection), { ...own, onError });
    const socket = openWs(new URL('/', server.url).href, {}, client);
    const error = await rejection(opened(socket));
    expect(error.message).toBe(`Unexpected server response: ${status}`);
    expect(await errors.next()).toMatchObject({ code, status });
    expect(accepted).toEqual([]);
    expect(server.connections.size).toBe(0);
  });

  const ORIGINS: readonly (readonly [string, ServeOptions['origins'], string | undefined])[] = [
    ['none', undefined, undefined],
    ['all', '*', 'http://evil.example'],
    ['listed', ['https://good.example'], 'https://good.example:443'],
    ['as a function says', (origin) => origin.endsWith('.example'), 'http://good.example'],
  ];

  test.each(ORIGINS)('origin allowed: %s', async (_name, origins, origin) => {
    const server = await startWebson({}, () => {}, origins === undefined ? {} : { origins });
    await opened(openWs(server.url, {}, origin === undefined ? {} : { origin }));
  });

  test('origin allowed: the same host', async () => {
    const server = await startWebson({}, () => {});
    await opened(openWs(server.url, {}, { origin: server.url.replace('ws:', 'http:').slice(0, -1) }));
  });

  test('headerVerify sees the header fields and the request', async () => {
    const seen = new Inbox<unknown>();
    const server = await startWebson({}, () => {}, {
      headerVerify: (headers, request) => {
        seen.push([headers.get('x-test'), (request as IncomingMessage).url]);
        return headers.get('authorization') === `Basic ${Buffer.from('aladdin:sesame').toString('base64')}`;
      },
    });
    const url = `${server.url}chat?room=1`;
    await opened(openWs(url, {}, { auth: 'aladdin:sesame', headers: { 'X-Test': 'yes' } }));
    expect(await seen.next()).toEqual(['yes', '/chat?room=1']);
    await expect(opened(openWs(url, {}, { auth: 'aladdin:wrong' }))).rejects.toThrow('401');
  });

  test('a plain HTTP request is told to upgrade', async () => {
    const server = await startWebson({}, () => {});
    const response = await fetch(server.url.replace('ws:', 'http:'));
    expect(response.status).toBe(426);
    await response.text();
  });

  const PROTOCOLS: readonly (readonly [string, string[], string[] | undefined, string])[] = [
    ['none', [], undefined, ''],
    ['none offered', [], ['chat'], ''],
    ['one', ['chat'], ['chat'], 'chat'],
    ['the preference of the server', ['superchat', 'chat'], ['chat', 'superchat'], 'chat'],
    ['the only one that both know', ['a', 'b', 'chat'], ['x', 'chat', 'y'], 'chat'],
  ];

  test.each(PROTOCOLS)('sub-protocol: %s', async (_name, wsProtocols, protocols, expected) => {
    const webson = protocols === undefined ? {} : { protocols };
    const pair = await connect('ws client, webson server', { webson, wsProtocols });
    expect(pair.ws.socket.protocol).toBe(expected);
    expect(pair.webson.connection.protocol).toBe(expected);
  });

  test.each([[undefined], [['soup']]])(
    'sub-protocol: ws leaves a server that takes none of its own: %j',
    async (own) => {
      const server = await startWebson({}, () => {}, own === undefined ? {} : { protocols: own });
      const socket = openWs(server.url, { wsProtocols: ['chat'] });
      await expect(opened(socket)).rejects.toThrow('Server sent no subprotocol');
    },
  );

  test('a server that drains refuses with 503', async () => {
    const server = await startWebson({}, () => {});
    await server.drain();
    await expect(opened(openWs(server.url))).rejects.toThrow('503');
  });
});

async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('a rejection expected');
}
