import { SignJWT } from 'jose';
import { expect, onTestFinished } from 'vitest';
import { dial, type HandshakeError, serve } from 'webson';
import { openPage } from '../support/browser.js';
import { type ClientOptions, connect, type Library } from '../support/peers.js';
import type { Program } from '../support/program.js';
import { serves } from '../support/runs.js';
import type { Shown } from '../support/shown.js';

const PAGE = 'docs/ORIGINS.md';
const LIBRARIES: readonly Library[] = ['ws', 'webson'];

const USERS = `const users = new Map([['Bearer of-ada', { name: 'ada' }], ['of-ada', { name: 'ada' }]]);
const userOf = async (token) => users.get(token);
`;
const SESSIONS = `const sessions = new Map([['of-ada', { user: 'ada' }]]);
const sessionOf = async (id) => sessions.get(id);
`;

async function greets(url: string, greeting: string, options: ClientOptions = {}): Promise<void> {
  for (const library of LIBRARIES) {
    const peer = await connect(library, url, options);
    expect(await peer.next()).toBe(greeting);
    peer.close();
    expect(await peer.closed).toBe(1000);
  }
}

async function refuses(url: string, status: number, options: ClientOptions = {}): Promise<void> {
  for (const library of LIBRARIES) await expect(connect(library, url, options)).rejects.toBe(status);
}

/** The origins that a server lets in, and those that it does not. */
function judges(allowed: readonly string[], refused: readonly string[]): (port: number) => Promise<void> {
  return async (port) => {
    const url = `ws://127.0.0.1:${port}/`;
    await greets(url, 'welcome');
    for (const origin of allowed) await greets(url, 'welcome', { headers: { Origin: origin } });
    for (const origin of refused) await refuses(url, 403, { headers: { Origin: origin } });
  };
}

/** A JSON Web Token that expires after so many seconds. */
function token(claims: Record<string, string>, seconds: number): Promise<string> {
  const key = new TextEncoder().encode('thirty-two bytes, only for tests');
  return new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).setExpirationTime(`${seconds} seconds`).sign(key);
}

const bearer = (value: string): ClientOptions => ({ headers: { Authorization: `Bearer ${value}` } });

/** A page that is refused sees the code 1006 and nothing else. */
async function seesNothing(program: Program): Promise<void> {
  const server = await serve({ host: '127.0.0.1' }, () => {});
  const elsewhere = await serve(
    { host: '127.0.0.1', onRequest: (_, response) => void response.end('<body>nothing yet</body>') },
    () => {},
  );
  onTestFinished(async () => {
    await server.close();
    await elsewhere.close();
  });
  const page = await openPage();
  const logged: string[] = [];
  page.on('console', (message) => logged.push(message.text()));
  await page.goto(elsewhere.url.replace('ws:', 'http:'));
  await page.addScriptTag({ content: program.text({ 'ws://127.0.0.1:8080/': server.url }) });
  await page.waitForFunction('document.body.textContent.includes("closed")');
  expect(await page.textContent('body')).toBe('closed: 1006 "" false');
  expect(logged.join()).toContain('403');
}

/** The words of the page about a refused origin are those of the server. */
export async function explainsRefusedOrigin(words: string): Promise<void> {
  const server = await serve({ host: '127.0.0.1' }, () => {});
  onTestFinished(() => server.close());
  const { host } = new URL(server.url);
  const refused = await dial(server.url, { extraHeaders: { Origin: 'http://localhost:5173' } }).catch(
    (error: unknown) => error,
  );
  const { status, body } = refused as HandshakeError;
  expect(status).toBe(403);
  expect(new TextDecoder().decode(body).trim()).toBe(words.trim().replaceAll('localhost:8080', host));
}

/** Every program of the page. */
export const origins: readonly Shown[] = [
  {
    at: `${PAGE}: The same host, unless you say more`,
    run: serves({
      probe: judges(
        ['https://example.com', 'http://localhost:5173', 'HTTPS://EXAMPLE.COM:443'],
        ['http://example.com', 'http://localhost:5174', 'https://example.com.evil.example', 'null', 'http://127.0.0.1'],
      ),
    }),
  },
  {
    at: `${PAGE}: The same host, unless you say more 2`,
    run: serves({
      probe: judges(
        ['https://example.com', 'https://a.example.com', 'https://b.a.example.com'],
        ['http://example.com', 'https://notexample.com', 'https://example.com.evil.example', 'null'],
      ),
    }),
  },
  {
    at: `${PAGE}: A page from a file`,
    run: serves({ probe: judges(['https://example.com', 'null'], ['http://example.com', 'file://']) }),
  },
  {
    at: `${PAGE}: Cookies`,
    before: SESSIONS,
    run: serves({
      headers: 'Cookie: other=1; session=of-ada\r\n',
      replaced: () => ({ "hosts: ['example.com']": "hosts: ['127.0.0.1']" }),
      probe: async (port) => {
        const url = `ws://127.0.0.1:${port}/`;
        const Cookie = 'session=of-ada';
        await greets(url, 'hello ada', { headers: { Cookie, Origin: 'https://example.com' } });
        await refuses(url, 401, { headers: { Cookie: 'session=made-up', Origin: 'https://example.com' } });
        await refuses(url, 401);
        await refuses(url, 403, { headers: { Cookie, Origin: 'https://evil.example' } });
        await refuses(url, 421, { headers: { Cookie, Origin: 'https://evil.example', Host: 'evil.example' } });
      },
    }),
  },
  {
    at: `${PAGE}: As a ticket in the query`,
    run: serves({
      replaced: () => ({
        // This one is good for any number of requests, as many bad ones are sent.
        'tickets.delete(ticket);': "if (ticket !== 'for-tests') tickets.delete(ticket);",
        "if (request.url !== '/ticket')":
          "tickets.set('for-tests', { user: 'ada', until: Infinity });\n    if (request.url !== '/ticket')",
      }),
      path: '/?ticket=for-tests',
      probe: async (port) => {
        const ticket = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/ticket`)).text();
        for (const library of LIBRARIES) {
          const url = `ws://127.0.0.1:${port}/?ticket=${await ticket()}`;
          const peer = await connect(library, url);
          expect(await peer.next()).toBe('hello ada');
          peer.close();
          await refuses(url, 401);
        }
        await refuses(`ws://127.0.0.1:${port}/`, 401);
      },
    }),
  },
  {
    at: `${PAGE}: As a sub-protocol`,
    before: USERS,
    run: serves({
      headers: 'Sec-WebSocket-Protocol: chat, token.of-ada\r\n',
      options: { protocols: ['chat', 'token.of-ada'], extraHeaders: {} },
      probe: async (port) => {
        const url = `ws://127.0.0.1:${port}/`;
        await greets(url, 'hello ada', { protocols: ['chat', 'token.of-ada'] });
        await refuses(url, 401, { protocols: ['chat', 'token.made-up'] });
        await refuses(url, 401, { protocols: ['chat'] });
        const honest = await dial(url, { protocols: ['chat', 'token.of-ada'] });
        expect(honest.protocol).toBe('chat');
        honest.onReady((adapter) => adapter.close());
        await honest.start();
      },
    }),
  },
  {
    at: `${PAGE}: As the first message`,
    before: USERS,
    run: serves({
      replaced: () => ({ '5_000': '500' }),
      probe: async (port) => {
        const url = `ws://127.0.0.1:${port}/`;
        for (const library of LIBRARIES) {
          const peer = await connect(library, url);
          // In one turn, as a page may: the second message comes while the token is looked at.
          peer.send('of-ada');
          peer.send('hi');
          expect(await peer.next()).toBe('hello ada');
          expect(await peer.next()).toBe('ada said: hi');
          peer.close();
          expect(await peer.closed).toBe(1000);
          const other = await connect(library, url);
          other.send('made-up');
          expect(await other.closed).toBe(4401);
          expect(await (await connect(library, url)).closed).toBe(4408);
        }
      },
    }),
  },
  {
    at: `${PAGE}: A JSON Web Token, and when it ends`,
    run: async (program) => {
      await serves({
        headers: `Authorization: Bearer ${await token({ sub: 'ada', scope: 'live' }, 60)}\r\n`,
        probe: async (port) => {
          const url = `ws://127.0.0.1:${port}/`;
          await greets(url, 'hello ada', bearer(await token({ sub: 'ada', scope: 'live' }, 60)));
          await refuses(url, 403, bearer(await token({ sub: 'ada', scope: 'other' }, 60)));
          await refuses(url, 401, bearer(await token({ sub: 'ada', scope: 'live' }, -60)));
          await refuses(url, 401, bearer(await token({ scope: 'live' }, 60)));
          // {"alg":"none"}
          await refuses(url, 401, bearer('eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEiLCJzY29wZSI6ImxpdmUifQ.'));
          await refuses(url, 401);
          const short = await connect('ws', url, bearer(await token({ sub: 'ada', scope: 'live' }, 2)));
          expect(await short.next()).toBe('hello ada');
          expect(await short.closed).toBe(4401);
        },
      })(program);
    },
  },
  { at: `${PAGE}: What a client sees of a refusal`, isForBrowsers: true, run: seesNothing },
  {
    at: `${PAGE}: What a client sees of a refusal 2`,
    before: USERS,
    run: serves({
      headers: 'Authorization: Bearer of-ada\r\n',
      probe: async (port) => {
        const url = `ws://127.0.0.1:${port}/`;
        await greets(url, 'hello ada', bearer('of-ada'));
        for (const library of LIBRARIES) expect(await (await connect(library, url)).closed).toBe(4401);
      },
    }),
  },
];
