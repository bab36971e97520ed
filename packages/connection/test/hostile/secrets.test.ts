import type { Socket } from 'node:net';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Connection } from '../../src/connection.js';
import { type DialOptions, dial } from '../../src/node/client/dial.js';
import { type RefuseOptions, refuse } from '../../src/node/server/authorization.js';
import { type ServeOptions, serve } from '../../src/node/server/serve.js';
import { ConfigError } from '../../src/protocol/contract/errors.js';
import { expectNothingLeft, listen, portOf, serveForTest, TLS } from '../node/harness.js';

// Whatever a client is given, and whatever a server does with it: no error, warning, trace, URL or view of an object shows a
// password, a value of the query, or a value of a header field.
expectNothingLeft();

const lines: string[] = [];

vi.mock('../../src/node/socket/reports.js', () => ({
  warn: (warning: object) => void lines.push(inspect(warning)),
  trace: (line: string) => void lines.push(line),
}));

beforeEach(() => void lines.splice(0));

/** All secrets begin with it, so that a part of one is found, too. */
const MARK = 's3cr3t';

const secret = fc
  .string({ unit: fc.constantFrom(...'abcXYZ019-._~!$\'()*+,;:@/? "\\%&=#üé'), maxLength: 120 })
  .map((text) => `${MARK}${text}`);
/** Without a name it must have nothing that ends one. */
const bare = secret.filter((text) => !/[=&]/.test(text));
const key = fc.stringMatching(/^[a-z]{1,5}$/);

interface Given {
  /** What stands before the host. */
  userInfo: string;
  /** What stands after it, with the path. */
  rest: string;
  extraHeaders: Record<string, string>;
}

const given: fc.Arbitrary<Given> = fc
  .record({
    password: fc.option(secret),
    query: fc.array(fc.oneof(fc.tuple(key, secret), fc.tuple(fc.constant(''), bare)), { maxLength: 3 }),
    cookie: fc.option(secret.filter((text) => /^[ -~]*$/.test(text))),
  })
  .map(({ password, query, cookie }) => {
    const pairs = query.map(([name, value]) => (name === '' ? '' : `${name}=`) + encodeURIComponent(value));
    return {
      userInfo: password === null ? '' : `user:${encodeURIComponent(password)}@`,
      rest: `/path${pairs.length > 0 ? '?' : ''}${pairs.join('&')}`,
      extraHeaders: cookie === null ? {} : { Cookie: cookie },
    };
  });

/** Answers with what was asked, in every place that an error may quote. */
const ANSWERS: ((request: string) => string)[] = [
  (request) => request,
  (request) => `HTTP/1.1 400 No\r\nContent-Type: text/plain\r\n\r\n${request}`,
  (request) => `HTTP/1.1 403 No\r\nContent-Type: text/plain\r\n\r\n${fieldOf(request, 'Cookie')}`,
  (request) => `HTTP/1.1 401 No\r\nContent-Type: text/plain\r\n\r\n${atob(fieldOf(request, 'Authorization').slice(6))}`,
  (request) => `HTTP/1.1 302 No\r\nLocation: ${targetOf(request)}\r\n\r\n`,
  (request) => `HTTP/1.1 302 No\r\nLocation: http://a.test/${decoded(targetOf(request))}\r\n\r\n`,
  (request) => `HTTP/1.1 302 No\r\nLocation: http://a.test/${fieldOf(request, 'Cookie')}\r\n\r\n`,
  (request) => `HTTP/1.1 426 No\r\nUpgrade: ${targetOf(request)}\r\n\r\n`,
  (request) => `HTTP/1.1 101 Yes\r\nUpgrade: ${targetOf(request)}\r\n\r\n`,
  (request) => `HTTP/1.1 101 Yes\r\nUpgrade: ${fieldOf(request, 'Authorization')}\r\n\r\n`,
  (request) => `HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: ${fieldOf(request, 'Cookie')}\r\n\r\n`,
];

function targetOf(request: string): string {
  return request.split(' ', 2)[1] as string;
}

function fieldOf(request: string, name: string): string {
  return new RegExp(`^${name}: (.*)\r$`, 'm').exec(request)?.[1] ?? 'Basic ';
}

function decoded(text: string): string {
  return Buffer.from(decodeURIComponent(text))
    .toString('latin1')
    .replace(/\p{Cc}/gu, '');
}

/** All that a developer may see of a value. */
function views(value: unknown): string {
  const error = value as Error;
  const json = JSON.stringify(value, (_name, each) => (each instanceof Uint8Array ? '' : each));
  return [error.message, error.stack, inspect(value, { depth: 9, showHidden: true }), json].join('\n');
}

async function viewsOf(dialling: Promise<Connection>): Promise<string> {
  let seen: string;
  try {
    const connection = await dialling;
    seen = `${connection.url}\n${views(connection)}`;
    connection.onReady((adapter) => adapter.close());
    seen += views(await connection.start());
  } catch (error) {
    seen = views(error);
  }
  return `${seen}\n${lines.splice(0).join('\n')}`;
}

const QUICK: DialOptions = { pingInterval: 0, timeout: { handshake: 5000, close: 500 } };

describe('no secret is shown', () => {
  it.each([
    ['TCP', {}, {}],
    ['TLS', { tls: TLS }, { tls: { ca: TLS.cert } }],
  ])('by a server and a client that agree, or do not, over %s', async (_kind, serverOptions, clientOptions) => {
    const failing = { ...serverOptions, headerVerify: () => Promise.reject(new Error('mine')) };
    const servers = [
      await serveForTest(serverOptions),
      await serveForTest({ ...serverOptions, path: '/other' }),
      await serveForTest({ ...serverOptions, headerVerify: () => false }),
      await serveForTest(failing),
      await serveForTest(serverOptions, () => Promise.reject(new Error('mine'))),
      await serveForTest({ ...serverOptions, hosts: ['a.test'] }),
    ];
    const scheme = 'tls' in serverOptions ? 'wss' : 'ws';
    await fc.assert(
      fc.asyncProperty(given, fc.constantFrom(...servers), async ({ userInfo, rest, extraHeaders }, server) => {
        const options = { ...QUICK, ...clientOptions, extraHeaders };
        for (const schemes of [scheme, scheme === 'ws' ? 'wss' : 'ws']) {
          const url = `${schemes}://${userInfo}127.0.0.1:${portOf(server)}${rest}`;
          expect(await viewsOf(dial(url, options))).not.toContain(MARK);
          expect(await viewsOf(dial(url, { ...options, protocols: ['none'] }))).not.toContain(MARK);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('by the error of a client whose request is sent back to it', async () => {
    let answer = ANSWERS[0] as (request: string) => string;
    const { port } = await listen((socket: Socket) => {
      let request = '';
      socket.setEncoding('latin1').on('data', (chunk: string) => {
        request += chunk;
        if (request.endsWith('\r\n\r\n')) socket.end(answer(request), 'latin1');
      });
    });
    await fc.assert(
      fc.asyncProperty(given, fc.constantFrom(...ANSWERS), async ({ userInfo, rest, extraHeaders }, each) => {
        answer = each;
        const seen = await viewsOf(dial(`ws://${userInfo}127.0.0.1:${port}${rest}`, { ...QUICK, extraHeaders }));
        expect(seen).not.toContain(MARK);
        expect(seen).not.toContain(encoded(userInfo));
      }),
      { numRuns: 300 },
    );
  });

  it('by the error for what is no URL, or leads nowhere', async () => {
    const broken = fc
      .tuple(fc.constantFrom('ws:', 'ws:/', 'ws//', 'ftp://', 'ws://', '', '/', 'ws+unix:', 'wss+unix:/a.sock'), given)
      .chain(([begin, { userInfo, rest }]) =>
        fc.tuple(
          fc.constant(begin),
          // Not encoded, as someone may write it who does not know better.
          fc.boolean().map((isRaw) => (isRaw ? decodeURIComponent(userInfo) : userInfo)),
          fc.constantFrom('127.0.0.1:99999', 'a b', '127.0.0.1:1', '[::1', ''),
          fc.boolean().map((isRaw) => (isRaw ? decodeURIComponent(rest) : rest)),
        ),
      );
    await fc.assert(
      fc.asyncProperty(broken, async ([begin, userInfo, host, rest]) => {
        const seen = await viewsOf(dial(`${begin}${userInfo}${host}${rest}`, QUICK));
        expect(seen).not.toContain(MARK);
      }),
      { numRuns: 500 },
    );
  });
});

// The user and the password as they stand in `Authorization`.
function encoded(userInfo: string): string {
  return userInfo === '' ? '\0' : Buffer.from(decodeURIComponent(userInfo.slice(0, -1))).toString('base64');
}

it('what stands in the wrong place is not quoted', async () => {
  const wrong: (() => unknown)[] = [MARK, [MARK], { key: MARK }].flatMap((tls) => [
    () => serve({ tls } as ServeOptions, () => {}),
    () => dial('ws://127.0.0.1:1', { tls: tls === MARK || Array.isArray(tls) ? tls : MARK } as DialOptions),
  ]);
  const field = `Set-Cookie: ${MARK}`;
  for (const headers of [
    field,
    [field],
    [[field]],
    new Set([field]),
    { Cookie: [[MARK]] },
    { Cookie: [[MARK], MARK] },
  ]) {
    wrong.push(() => refuse(401, { headers } as unknown as RefuseOptions));
  }
  for (const call of wrong) {
    const error = await (async () => call())().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(ConfigError);
    expect(inspect(error)).not.toContain(MARK);
  }
});
