import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect as connectTcp } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type Child, spawnChild } from '@webson/child-process';
import { expect, onTestFinished } from 'vitest';
import { inBrowser } from '../support/browser.js';
import { connect, type Host, type Library, listen, listenSilently, type Peer } from '../support/peers.js';
import { freePort, listening } from '../support/port.js';
import type { Program } from '../support/program.js';
import { type Serving, serves } from '../support/runs.js';
import type { Shown } from '../support/shown.js';

const PAGE = 'docs/FROM-WS.md';
const LIBRARIES: readonly Library[] = ['ws', 'webson'];
const SHOWN_URL = 'ws://127.0.0.1:8080/';

/** The parts of an entry that both snippets of a section share. */
type Surroundings = Omit<Shown, 'at' | 'run'>;

/** A server, written with both: each is sent bad requests, and tried by clients of both. */
function server(
  section: string,
  tryOut: (url: string, client: Library, output: () => string) => Promise<void>,
  serving: Serving = {},
  around: Surroundings = {},
): Shown[] {
  return LIBRARIES.map((library) => ({
    ...around,
    at: `${PAGE}: ${section}${library === 'ws' ? '' : ' 2'}`,
    run: serves({
      ...serving,
      isStrict: library === 'webson',
      probe: async (port, output) => {
        const url = `${serving.isTls === true ? 'wss' : 'ws'}://127.0.0.1:${port}`;
        for (const client of LIBRARIES) await tryOut(url, client, output);
      },
    }),
  }));
}

/** A client, written with both: each dials a server of the other. */
function client(section: string, tryOut: (peer: Peer, child: Child) => Promise<void>): Shown[] {
  return LIBRARIES.map((library) => ({
    at: `${PAGE}: ${section}${library === 'ws' ? '' : ' 2'}`,
    run: async (program) => {
      const other = library === 'ws' ? 'webson' : 'ws';
      let host: Host | undefined;
      const accepted = listenFor(other, (made) => {
        host = made;
      });
      const { peer, url } = await accepted;
      const child = spawnChild(process.execPath, [program.write({ [SHOWN_URL]: url })], 'pipe');
      try {
        await tryOut(
          await Promise.race([
            peer,
            child.exited.then((code) => Promise.reject(new Error(`${code}: ${child.output}`))),
          ]),
          child,
        );
      } finally {
        await host?.close();
      }
      expect(await child.exited, child.output).toBe(0);
    },
  }));
}

async function listenFor(
  library: Library,
  onHost: (host: Host) => void,
): Promise<{ peer: Promise<Peer>; url: string }> {
  let found: ((peer: Peer) => void) | undefined;
  const peer = new Promise<Peer>((resolve) => {
    found = resolve;
  });
  const host = await listen(library, (one) => found?.(one));
  onHost(host);
  return { peer, url: host.url };
}

const certificate = (name: string): string => fileURLToPath(new URL(`../data/${name}`, import.meta.url));
const FILES = { 'cert.pem': certificate('cert.pem'), 'key.pem': certificate('key.pem') };

const USERS = `const users = new Map([['Bearer of-ada', { name: 'ada' }]]);
const userOf = async (authorization) => users.get(authorization);
`;

/** Greets and leaves. */
async function isGreeted(url: string, library: Library, greeting: string, headers = {}): Promise<void> {
  const peer = await connect(library, url, { headers });
  expect(await peer.next()).toBe(greeting);
  peer.close();
  expect(await peer.closed).toBe(1000);
}

async function broadcasts(url: string, library: Library, includesSender: boolean): Promise<void> {
  const peers = await Promise.all(LIBRARIES.map((one) => connect(one, url)));
  const sender = await connect(library, url);
  for (const message of ['to all', Uint8Array.of(1, 2, 3)]) {
    sender.send(message);
    for (const peer of peers) expect(await peer.next()).toEqual(message);
    if (includesSender) expect(await sender.next()).toEqual(message);
  }
  if (!includesSender) {
    // What comes next is what the others send: nothing of its own has come before.
    peers[0]?.send('an answer');
    expect(await sender.next()).toBe('an answer');
  }
  for (const peer of [...peers, sender]) peer.close();
  for (const peer of [...peers, sender]) await peer.closed;
}

const accept = (key: string): string =>
  createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');

function answerTo(head: string): string {
  const key = /^Sec-WebSocket-Key: (.*)\r$/im.exec(head)?.[1] ?? '';
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept(key)}\r\n\r\n`;
}

/** A client that takes part in the handshake and is silent from then on is dropped. */
function dropsTheSilent(replaced: Record<string, string>): (program: Program) => Promise<void> {
  return async (program) => {
    const port = await freePort();
    const child = program.start({ '8080': port, ...replaced });
    await listening(port, child);
    const socket = connectTcp(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(
      'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    socket.resume();
    await once(socket, 'close');
    await child.sees(/^gone: 1006$/m);
    expect(child.process.exitCode).toBe(null);
  };
}

/** A client notices that its server is silent. */
function noticesSilence(replaced: Record<string, string>): (program: Program) => Promise<void> {
  return async (program) => {
    const host = await listenSilently(answerTo);
    onTestFinished(() => host.close());
    const child = program.start({ [SHOWN_URL]: host.url, ...replaced });
    expect(await child.exited, child.output).toBe(0);
    expect(child.output).toBe('gone: 1006\n');
  };
}

/** A client whose CONNECT is let through by a proxy. */
function goesThroughAProxy(library: Library): (program: Program) => Promise<void> {
  return async (program) => {
    const host = await listen(library === 'ws' ? 'webson' : 'ws', async (peer) => {
      peer.send('through');
      peer.close();
    });
    const asked: string[] = [];
    const proxy = createServer().listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    proxy.on('connect', ({ url = '' }, client) => {
      asked.push(url);
      const target = connectTcp(Number(url.split(':')[1]), '127.0.0.1', () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        client.pipe(target).pipe(client);
      });
      for (const socket of [client, target]) socket.on('error', () => {});
    });
    onTestFinished(async () => {
      proxy.close();
      await host.close();
    });
    const { host: authority } = new URL(host.url);
    const shown = (proxy.address() as AddressInfo).port;
    const child = program.start({ '127.0.0.1:8080': authority, '3128': shown });
    expect(await child.exited, child.output).toBe(0);
    expect(child.output).toBe('received: through\n');
    expect(asked).toEqual([authority]);
  };
}

/** Every example of the page. */
export const fromWs: readonly Shown[] = [
  ...client('Sending and receiving text', async (peer, child) => {
    expect(await peer.next()).toBe('hello');
    peer.send('welcome');
    await child.sees(/^received: welcome\n$/);
    peer.close();
    expect(await peer.closed).toBe(1000);
  }),
  ...client('Sending and receiving bytes', async (peer, child) => {
    const bytes = (await peer.next()) as Uint8Array;
    expect([...new Float32Array(bytes.slice().buffer)]).toEqual([0.5, 1.5, 2.5]);
    peer.send(Uint8Array.of(1, 2, 3));
    peer.send('four');
    await child.sees(/^bytes\ntext: four\n$/);
    peer.close();
  }),
  ...server('A simple server', async (url, library, output) => {
    const peer = await connect(library, url);
    expect(await peer.next()).toBe('welcome');
    peer.send(`hi from ${library}`);
    peer.close();
    await peer.closed;
    while (!output().includes(`received: hi from ${library}\n`)) await new Promise((resolve) => setTimeout(resolve, 5));
  }),
  ...server('A server of your own, with TLS', (url, library) => isGreeted(url, library, 'welcome'), {
    isTls: true,
    replaced: () => FILES,
  }),
  ...server(
    'Several servers on one port',
    async (url, library) => {
      await isGreeted(`${url}/news`, library, 'the news');
      await isGreeted(`${url}/chat?room=1`, library, 'the chat');
      await expect(connect(library, `${url}/other`)).rejects.toBeDefined();
    },
    { path: '/news' },
  ),
  ...server(
    'Who is it?',
    async (url, library) => {
      await isGreeted(url, library, 'hello ada', { authorization: 'Bearer of-ada' });
      await expect(connect(library, url)).rejects.toBe(401);
      await expect(connect(library, url, { headers: { authorization: 'Bearer of-eve' } })).rejects.toBe(401);
    },
    { headers: 'Authorization: Bearer of-ada\r\n' },
    { before: USERS },
  ),
  ...server('To all clients', (url, library) => broadcasts(url, library, true)),
  ...server('To all clients but the sender', (url, library) => broadcasts(url, library, false)),
  ...client('Round-trip time', async (peer, child) => {
    for (const _ of ['once', 'twice']) peer.send((await peer.next()) as string);
    await child.sees(/^\d+\.\d ms\n\d+\.\d ms\n$/);
    peer.close();
  }),
  ...client('As a stream of Node', async (peer, child) => {
    child.process.stdin?.write('up');
    const up = await peer.next();
    expect(typeof up === 'string' ? up : Buffer.from(up).toString()).toBe('up');
    peer.send(new TextEncoder().encode('down'));
    await child.sees(/^down$/);
    child.process.stdin?.end();
    // `ws` closes without a code.
    expect([1000, 1005]).toContain(await peer.closed);
  }),
  ...server('The address of a client', (url, library) =>
    isGreeted(url, library, 'you are 127.0.0.1, for your proxy 203.0.113.7'.replace('127.0.0.1', '::ffff:127.0.0.1'), {
      'x-forwarded-for': '203.0.113.7',
    }),
  ),
  { at: `${PAGE}: Clients that are gone without a word`, run: dropsTheSilent({ '30_000': '100' }) },
  {
    at: `${PAGE}: Clients that are gone without a word 2`,
    run: dropsTheSilent({ '30_000': '100', '25_000': '100', '5_000': '100' }),
  },
  { at: `${PAGE}: Servers that are gone without a word`, run: noticesSilence({ '31_000': '300' }) },
  {
    at: `${PAGE}: Servers that are gone without a word 2`,
    run: noticesSilence({ '15_000': '100', ' 5_000': ' 100', '11_000': '100' }),
  },
  { at: `${PAGE}: Through a proxy`, run: goesThroughAProxy('ws') },
  { at: `${PAGE}: Through a proxy 2`, run: goesThroughAProxy('webson') },
  ...server('Compression', async (url, library) => {
    const peer = await connect(library, url);
    expect(peer.extensions).toContain('permessage-deflate');
    expect(await peer.next()).toBe('again and again '.repeat(1000));
    peer.close();
    await peer.closed;
  }),
  { at: `${PAGE}: In a browser`, isForBrowsers: true, run: inBrowser },
];
