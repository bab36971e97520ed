import { fileURLToPath } from 'node:url';
import { type Child, spawnChild } from '@webson/child-process';
import { SignJWT } from 'jose';
import { expect } from 'vitest';
import { sendBadRequests } from '../support/bad-requests.js';
import { connect, type Library } from '../support/peers.js';
import { freePort, listening } from '../support/port.js';
import type { Program } from '../support/program.js';
import type { Shown } from '../support/shown.js';

const PAGE = 'docs/FRAMEWORKS.md';
const LIBRARIES: readonly Library[] = ['ws', 'webson'];

const KEY = new TextEncoder().encode('thirty-two bytes, only for tests');

/** A token that is good for a minute, or was until a minute ago. */
function token(sub: string, key: Uint8Array = KEY, seconds = 60): Promise<string> {
  return new SignJWT({ sub }).setProtectedHeader({ alg: 'HS256' }).setExpirationTime(`${seconds} seconds`).sign(key);
}

interface Trial {
  readonly child: Child;
  readonly port: number;
}

/** Starts a server, sends it bad requests as a client who may get in, and tries it out. */
function shares(headersOf: (port: number) => Promise<Record<string, string>>, tryOut: (trial: Trial) => Promise<void>) {
  return async (program: Program): Promise<void> => {
    const port = await freePort();
    const child = program.start({ '8080': port });
    await listening(port, child);
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('a page');
    const headers = await headersOf(port);
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    await sendBadRequests({ port, path: '/live', headers: lines.join('') });
    for (const library of LIBRARIES) {
      await expect(connect(library, `ws://127.0.0.1:${port}/elsewhere`, { headers })).rejects.toBe(404);
    }
    await tryOut({ child, port });
    expect(child.process.exitCode, child.output).toBe(null);
    // In order to the end: the connections first.
    const peers = await Promise.all(LIBRARIES.map((one) => connect(one, `ws://127.0.0.1:${port}/live`, { headers })));
    child.process.kill('SIGTERM');
    for (const peer of peers) expect(await peer.closed).toBe(1001);
    expect(await child.exited, child.output).toBe(0);
  };
}

async function greets(port: number, greeting: string, headers: Record<string, string>): Promise<void> {
  for (const library of LIBRARIES) {
    const peer = await connect(library, `ws://127.0.0.1:${port}/live`, { headers });
    expect(await peer.next()).toBe(greeting);
    peer.close();
    expect(await peer.closed).toBe(1000);
  }
}

async function refuses(port: number, status: number, headers: Record<string, string>): Promise<void> {
  for (const library of LIBRARIES) {
    await expect(connect(library, `ws://127.0.0.1:${port}/live`, { headers })).rejects.toBe(status);
  }
}

async function logIn(port: number): Promise<Record<string, string>> {
  const response = await fetch(`http://127.0.0.1:${port}/login`, { method: 'POST' });
  expect(await response.text()).toBe('welcome');
  return { Cookie: (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '' };
}

async function echoes(port: number): Promise<void> {
  for (const library of LIBRARIES) {
    const peer = await connect(library, `ws://127.0.0.1:${port}/live`);
    peer.send('back');
    expect(await peer.next()).toBe('back');
    peer.close();
    await peer.closed;
  }
}

/** Vite with the configuration of the page, and its own connection beside ours. */
async function runsInVite(program: Program): Promise<void> {
  const port = await freePort();
  const config = program.write({ '8080': port });
  const vite = fileURLToPath(new URL('../support/vite-process.mjs', import.meta.url));
  const child = spawnChild(process.execPath, [vite, config]);
  const [, secret = ''] = await child.sees(/^token (\S+)\n/m);
  await echoes(port);
  const own = await connect('ws', `ws://localhost:${port}/?token=${secret}`, { protocols: ['vite-hmr'] });
  expect(JSON.parse((await own.next()) as string)).toEqual({ type: 'connected' });
  own.close();
  await sendBadRequests({ port, path: '/live', isAlone: false });
  await echoes(port);
  expect(child.process.exitCode, child.output).toBe(null);
}

/** Every program of the page. */
export const frameworks: readonly Shown[] = [
  {
    at: `${PAGE}: Node's own`,
    run: shares(
      async () => ({}),
      ({ port }) => echoes(port),
    ),
  },
  {
    at: `${PAGE}: Express 5, with sessions`,
    // The middleware wants a request and a response of Express, and needs less.
    complaints: [
      /Argument of type 'IncomingMessage' is not assignable/,
      /Type '\{\}' is missing/,
      /Property 'user' does not exist/,
      /Property 'session' does not exist/,
    ],
    run: shares(logIn, async ({ port }) => {
      await greets(port, 'hello ada', await logIn(port));
      await refuses(port, 401, {});
      await refuses(port, 401, { Cookie: 'connect.sid=s%3Amade-up.signature' });
      await refuses(port, 403, { ...(await logIn(port)), Origin: 'http://elsewhere.example' });
    }),
  },
  {
    at: `${PAGE}: Fastify 5, with tokens`,
    run: shares(
      async () => ({ Authorization: `Bearer ${await token('ada')}` }),
      async ({ port }) => {
        await greets(port, 'hello ada', { Authorization: `Bearer ${await token('ada')}` });
        await refuses(port, 401, {});
        await refuses(port, 401, { Authorization: 'Bearer of.made.up' });
        await refuses(port, 401, { Authorization: `Bearer ${await token('ada', KEY, -60)}` });
        await refuses(port, 401, { Authorization: `Bearer ${await token('ada', KEY.slice().reverse())}` });
        // Fastify listens on every address of localhost.
        const ofTheOther = await connect('webson', `ws://localhost:${port}/live`, {
          headers: { Authorization: `Bearer ${await token('eve')}` },
        });
        expect(await ofTheOther.next()).toBe('hello eve');
        ofTheOther.close();
      },
    ),
  },
  { at: `${PAGE}: Vite, while developing`, run: runsInVite },
];
