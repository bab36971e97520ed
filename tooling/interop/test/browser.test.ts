import { readFile } from 'node:fs/promises';
import type { IncomingMessage, RequestListener } from 'node:http';
import { launchChromium } from '@webson/chromium';
import type { Browser, Page } from 'playwright-core';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { MessageTooLargeError, MessageType, type ServeOptions, type Server } from 'webson';
import { Inbox } from './inbox.js';
import { startWebson, type WebsonEnd, websonEnd } from './pair.js';
import { bytesOf, expectSame, type Payload, SIZES, TEXTS, textOf } from './payloads.js';

const SCRIPT = await readFile(new URL('page/page.js', import.meta.url), 'utf8');

// Not in a hook: without a browser every test is to fail, none to be skipped.
const launched: Promise<Browser> = launchChromium();
// One page for all tests goes from server to server: a page of its own for each would take most of the time.
const tab = launched.then((browser) => browser.newPage({ ignoreHTTPSErrors: true }));
tab.catch(() => {});

afterAll(async () => (await launched.catch(() => undefined))?.close());

/** A server with a page, and what comes to it. */
interface Host {
  readonly server: Server;
  readonly ends: Inbox<{ webson: WebsonEnd; request: IncomingMessage }>;
  readonly refusals: Inbox<Error>;
}

/** A page of that server, and the means to call what its script offers. */
interface Visit extends Host {
  readonly page: Page;
  call<T = undefined>(name: string, ...args: unknown[]): Promise<T>;
}

interface Outcome {
  readonly isOpen: boolean;
  readonly protocol?: string;
  readonly extensions?: string;
  readonly code?: number;
  readonly wasClean?: boolean;
}

interface Received {
  readonly kind: string;
  readonly value: string;
}

const onRequest: RequestListener = (request, response) => {
  const isScript = request.url === '/page.js';
  response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html; charset=utf-8');
  response.end(
    isScript ? SCRIPT : '<!doctype html><title>webson</title><script type="module" src="/page.js"></script>',
  );
};

/** Starts a server. */
async function host(options: ServeOptions = {}, tls = false): Promise<Host> {
  const ends: Host['ends'] = new Inbox();
  const refusals: Host['refusals'] = new Inbox();
  const server = await startWebson(
    { tls },
    (connection, request) => ends.push({ webson: websonEnd(connection), request }),
    { onRequest, onError: (error) => refusals.push(error), ...options },
  );
  return { server, ends, refusals };
}

/** Starts a server and opens its page. */
async function visit(options: ServeOptions = {}, tls = false, opened = tab): Promise<Visit> {
  const page = await opened;
  const started = await host(options, tls);
  await page.goto(started.server.url.replace('ws', 'http'));
  return { ...started, page, call: (name, ...args) => page.evaluate(`page.${name}(...${JSON.stringify(args)})`) };
}

interface Connected extends Visit {
  readonly webson: WebsonEnd;
  readonly request: IncomingMessage;
  readonly outcome: Outcome;
}

/** The same, and connects the page to the server. */
async function connect(options: ServeOptions = {}, ...args: unknown[]): Promise<Connected> {
  const visited = await visit(options);
  const outcome = await visited.call<Outcome>('connect', visited.server.url, ...args);
  expect(outcome.isOpen).toBe(true);
  return { ...visited, ...(await visited.ends.next()), outcome };
}

/** Sends from the page, and takes it down at the server. */
async function expectToArrive({ call, webson }: Connected, payload: Payload, kind = 'ArrayBuffer'): Promise<void> {
  if (typeof payload === 'string') await call('sendText', payload);
  else await call('sendBytes', Buffer.from(payload).toString('base64'), kind);
  expectSame(await webson.messages.next(), payload);
}

/** Sends from the server, and takes it down at the page. */
async function expectToReachPage({ call, webson }: Connected, payload: Payload, kind = 'ArrayBuffer'): Promise<void> {
  webson.send(payload);
  const received = await call<Received>('receive');
  expect(received.kind).toBe(typeof payload === 'string' ? 'string' : kind);
  expectSame(typeof payload === 'string' ? received.value : Buffer.from(received.value, 'base64'), payload);
}

describe('messages', () => {
  const TEXT_SETS: readonly (readonly [string, readonly string[]])[] = [
    ['of every size', SIZES.map(textOf)],
    ['that codecs get wrong', Object.values(TEXTS)],
  ];

  test.each(TEXT_SETS)('texts %s, both ways', async (_name, texts) => {
    const connected = await connect();
    for (const text of texts) {
      await expectToArrive(connected, text);
      await expectToReachPage(connected, text);
    }
  });

  test.each(['ArrayBuffer', 'Uint8Array', 'Blob'])('binary of every size, from a %s', async (kind) => {
    const connected = await connect();
    for (const size of SIZES) await expectToArrive(connected, bytesOf(size), kind);
  });

  test.each([
    ['ArrayBuffer', 'arraybuffer'],
    ['Blob', 'blob'],
  ])('binary of every size, to a %s', async (kind, binaryType) => {
    const connected = await connect({}, [], binaryType);
    for (const size of SIZES) await expectToReachPage(connected, bytesOf(size), kind);
  });

  test.each(['arraybuffer', 'blob'])('a page that echoes text and binary (%s)', async (binaryType) => {
    const { call, webson } = await connect({}, [], binaryType);
    await call('echo');
    const sent = [...SIZES.flatMap((size) => [textOf(size), bytesOf(size)]), ...Object.values(TEXTS)];
    for (const payload of sent) {
      webson.send(payload);
      expectSame(await webson.messages.next(), payload);
    }
    const burst = Array.from({ length: 1000 }, (_, index) => `é ${index}`);
    for (const text of burst) webson.send(text);
    expect(await webson.messages.take(burst.length)).toEqual(burst);
  });

  test('1000 messages of the page in a burst come back in order', async () => {
    const { call, webson } = await connect();
    webson.connection.onMessage(MessageType.Text, (message, adapter) => {
      adapter.dispatch(MessageType.Text, message.text());
    });
    webson.connection.onMessage(MessageType.Binary, (message, adapter) => {
      adapter.dispatch(MessageType.Binary, message.read());
    });
    const expected = Array.from(
      { length: 1000 },
      (_, index) => `${index % 2 === 0 ? 'string' : 'ArrayBuffer'} é ${index}`,
    );
    expect(await call('burst', 1000)).toEqual(expected);
  });

  test('a message in fragments', async () => {
    const { call, webson } = await connect();
    const text = TEXTS['1 MiB'] ?? '';
    const pieces = Array.from({ length: 9 }, (_, index) =>
      Buffer.from(text).subarray(index * 130_001, (index + 1) * 130_001),
    );
    await webson.connection.dispatchReader(MessageType.Text, pieces);
    expectSame((await call<Received>('receive')).value, text);
  });

  test('the page answers pings', async () => {
    const { webson } = await connect();
    webson.connection.ping('are you there?');
    expect(await webson.pongs.next()).toBe('are you there?');
  });

  test('wss:', async () => {
    const visited = await visit({}, true);
    const outcome = await visited.call<Outcome>('connect', visited.server.url);
    expect(visited.server.url).toMatch(/^wss:/);
    expect(outcome.isOpen).toBe(true);
    const { webson } = await visited.ends.next();
    await visited.call('echo');
    for (const payload of SIZES.flatMap((size) => [textOf(size), bytesOf(size)])) {
      webson.send(payload);
      expectSame(await webson.messages.next(), payload);
    }
  });
});

describe('sub-protocols', () => {
  const CASES: readonly (readonly [string[], string[], string])[] = [
    [[], [], ''],
    [[], ['chat'], ''],
    [['chat'], ['chat'], 'chat'],
    [['superchat', 'chat'], ['chat', 'superchat'], 'chat'],
  ];

  test.each(CASES)('offered %j, supported %j: %j', async (offered, protocols, expected) => {
    const { outcome, webson } = await connect({ protocols }, offered);
    expect(outcome.protocol).toBe(expected);
    expect(webson.connection.protocol).toBe(expected);
  });

  test('the page leaves a server that takes none of those offered', async () => {
    const { call, server, ends } = await visit({ protocols: ['soup'] });
    expect(await call('connect', server.url, ['chat'])).toMatchObject({ isOpen: false, code: 1006, wasClean: false });
    const { webson } = await ends.next();
    expect(await webson.ended).toMatchObject({ code: 1006, wasClean: false });
  });
});

describe('compression', () => {
  const NAME = 'permessage-deflate';
  const CASES: readonly (readonly [NonNullable<ServeOptions['enableCompress']>, Record<string, string | true>])[] = [
    [true, { client_no_context_takeover: true, server_no_context_takeover: true }],
    [{ threshold: 0 }, { client_no_context_takeover: true, server_no_context_takeover: true }],
    [{ threshold: 0, contextTakeover: true }, {}],
    [{ threshold: 0, contextTakeover: { client: true } }, { server_no_context_takeover: true }],
    [
      { threshold: 0, contextTakeover: true, windowBits: { client: 9, server: 10 } },
      { client_max_window_bits: '9', server_max_window_bits: '10' },
    ],
  ];

  test.each(CASES)('%j', async (enableCompress, params) => {
    const connected = await connect({ enableCompress });
    const { call, outcome, webson, request } = connected;
    expect(request.headers['sec-websocket-extensions']).toBe('permessage-deflate; client_max_window_bits');
    expect(outcome.extensions).toContain(NAME);
    expect(webson.connection.extensions).toEqual({ [NAME]: params });
    const [text, wire] = [textOf(500_000), request.socket];
    const before = [wire.bytesRead, wire.bytesWritten];
    await expectToArrive(connected, text);
    await expectToReachPage(connected, text);
    expect(wire.bytesRead - before[0]!).toBeLessThan(150_000);
    expect(wire.bytesWritten - before[1]!).toBeLessThan(150_000);
    await call('echo');
    const texts = Object.values(TEXTS).filter(({ length }) => length < 100_000);
    for (const payload of [...SIZES.map((size) => bytesOf(size)), ...texts, 'again', 'again']) {
      webson.send(payload);
      expectSame(await webson.messages.next(), payload);
    }
    expect(await call('close', 1000)).toEqual({ code: 1000, reason: '', wasClean: true });
  });

  test('off: nothing is agreed, and the text is on the wire in full', async () => {
    const connected = await connect({ enableCompress: false });
    expect(connected.outcome.extensions).toBe('');
    expect(connected.webson.connection.extensions).toEqual({});
    await expectToArrive(connected, textOf(100_000));
    expect(connected.request.socket.bytesRead).toBeGreaterThan(100_000);
  });

  test('1000 messages in a burst, compressed', async () => {
    const { call, webson } = await connect({ enableCompress: { threshold: 0, contextTakeover: true } });
    await call('echo');
    const burst = Array.from({ length: 1000 }, (_, index) => `message ${index}`);
    for (const text of burst) webson.send(text);
    expect(await webson.messages.take(burst.length)).toEqual(burst);
  });
});

describe('close', () => {
  const LONG_REASON = `${'é'.repeat(60)}日`;

  const FROM_PAGE: readonly (readonly [number, string])[] = [
    [1000, ''],
    [1000, 'done'],
    [3000, 'registered'],
    [4999, LONG_REASON],
  ];

  test.each(FROM_PAGE)('the page closes with %i %j', async (code, reason) => {
    const { call, webson } = await connect();
    expect(await call('close', code, reason)).toEqual({ code, reason, wasClean: true });
    expect(await webson.ended).toEqual({ code, reason, wasClean: true });
  });

  test('the page closes without a code: 1005', async () => {
    const { call, webson } = await connect();
    expect(await call('close')).toEqual({ code: 1005, reason: '', wasClean: true });
    expect(await webson.ended).toEqual({ code: 1005, reason: '', wasClean: true });
  });

  const FROM_SERVER: readonly (readonly [number, string])[] = [
    ...FROM_PAGE,
    [1001, 'going away'],
    [1008, ''],
    [1011, 'x'],
  ];

  test.each(FROM_SERVER)('the server closes with %i %j', async (code, reason) => {
    const { call, webson } = await connect();
    webson.connection.close(code, reason);
    expect(await call('closing')).toEqual({ code, reason, wasClean: true });
    expect(await webson.ended).toEqual({ code, reason, wasClean: true });
  });

  test('the server stops: 1001', async () => {
    const { call, server, webson } = await connect();
    const stopped = server.close();
    expect(await call('closing')).toEqual({ code: 1001, reason: '', wasClean: true });
    expect(await webson.ended).toMatchObject({ code: 1001, wasClean: true });
    await stopped;
  });

  test('all that the server sent before its close arrives', async () => {
    const { call, webson } = await connect();
    for (let index = 0; index < 100; index++) webson.send(`${index}`);
    webson.connection.close(3000);
    await call('closing');
    for (let index = 0; index < 100; index++) expect((await call<Received>('receive')).value).toBe(`${index}`);
  });

  test('the page sends more than allowed: 1009', async () => {
    const { call, webson } = await connect({ maxMessageSize: 1000 });
    await call('sendText', textOf(1001));
    expect(await call('closing')).toMatchObject({ code: 1009, wasClean: true });
    const info = await webson.ended;
    expect(info).toMatchObject({ code: 1009, wasClean: false });
    expect(info.error).toBeInstanceOf(MessageTooLargeError);
  });

  test('the socket breaks: 1006', async () => {
    const { call, webson, request } = await connect();
    request.socket.destroy();
    expect(await call('closing')).toEqual({ code: 1006, reason: '', wasClean: false });
    expect(await webson.ended).toMatchObject({ code: 1006, wasClean: false });
  });

  test('the page is closed: the server hears 1001', async () => {
    const page = await (await launched).newPage();
    onTestFinished(() => page.close());
    const { call, server, ends } = await visit({}, false, Promise.resolve(page));
    await call('connect', server.url);
    const { webson } = await ends.next();
    await page.close();
    expect(await webson.ended).toEqual({ code: 1001, reason: '', wasClean: true });
  });

  test('the page goes elsewhere: the server hears 1001', async () => {
    const { page, webson } = await connect();
    await page.goto('about:blank');
    expect(await webson.ended).toEqual({ code: 1001, reason: '', wasClean: true });
  });
});

describe('origins', () => {
  const REFUSED: readonly (readonly [string, ServeOptions])[] = [
    ['the same host by default', {}],
    ['the same host', { origins: 'same-host' }],
    ['a list of others', { origins: ['https://good.example'] }],
    ['a function', { origins: () => false }],
  ];

  test.each(REFUSED)('a page of another port is refused: %s', async (_name, options) => {
    const { call } = await visit();
    const other = await host(options);
    expect(await call('connect', other.server.url)).toEqual({ isOpen: false, code: 1006, reason: '', wasClean: false });
    expect(await other.refusals.next()).toMatchObject({ code: 'ORIGIN_REFUSED', status: 403 });
    expect(other.server.connections.size).toBe(0);
  });

  const ALLOWED: readonly (readonly [string, (origin: string) => ServeOptions])[] = [
    ['all', () => ({ origins: '*' })],
    ['a list', (origin) => ({ origins: ['https://good.example', origin] })],
    ['a function', (origin) => ({ origins: (given) => given === origin })],
  ];

  test.each(ALLOWED)('a page of another port is allowed: %s', async (_name, optionsFor) => {
    const visited = await visit();
    const origin = new URL(visited.page.url()).origin;
    const other = await host(optionsFor(origin));
    const outcome = await visited.call<Outcome>('connect', other.server.url);
    expect(outcome.isOpen).toBe(true);
    const end = await other.ends.next();
    expect(end.request.headers.origin).toBe(origin);
    await expectToArrive({ ...visited, ...end, outcome }, 'hello');
  });

  test('headerVerify refuses with 401', async () => {
    const { call, server, refusals } = await visit({ headerVerify: () => false });
    expect(await call('connect', server.url)).toMatchObject({ isOpen: false, code: 1006 });
    expect(await refusals.next()).toMatchObject({ code: 'UNVERIFIED', status: 401 });
  });
});
