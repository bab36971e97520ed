import { constants, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { get } from 'node:https';
import { fileURLToPath } from 'node:url';
import { type Child, spawnChild } from '@webson/child-process';
import { expect, onTestFinished } from 'vitest';
import { ClosedError, dial, MessageType, Status } from 'webson';
import { connect, type Library } from '../support/peers.js';
import { freePort, listening } from '../support/port.js';
import { Program } from '../support/program.js';
import { serves } from '../support/runs.js';
import type { Shown } from '../support/shown.js';

const PAGE = 'docs/DEPLOYMENT.md';
const LIBRARIES: readonly Library[] = ['ws', 'webson'];
const SERVER = `${PAGE}: A server that can be replaced`;
const CLIENT = `${PAGE}: Replaced without a loss`;

const folder = new URL('../../.cache/proxies/', import.meta.url);
const certificate = (name: string): string => fileURLToPath(new URL(`../data/${name}`, import.meta.url));

/** What stands around the configuration of the page in `/etc/nginx/nginx.conf`, without root and outside of the system's folders. */
const nginxConf = (file: string): string => `daemon off;
pid ${file}.pid;
error_log stderr warn;
worker_processes 1;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${file}.body;
  proxy_temp_path ${file}.proxy;
  fastcgi_temp_path ${file}.fastcgi;
  uwsgi_temp_path ${file}.uwsgi;
  scgi_temp_path ${file}.scgi;
  include ${file};
}
`;

/** Where a program is. Rejects when it is not there: no test is skipped. */
async function installed(name: 'nginx' | 'haproxy'): Promise<string> {
  const variable = name.toUpperCase();
  const path = process.env[variable] ?? `/usr/sbin/${name}`;
  await access(path, constants.X_OK).catch((cause: unknown) => {
    throw new Error(`no ${name} at ${path}: install it (Debian: apt-get install ${name}) or set ${variable}`, {
      cause,
    });
  });
  return path;
}

/** A proxy that is running, and who is behind it. */
interface Proxy {
  /** The port on which it takes TLS. */
  readonly port: number;
  readonly child: Child;
}

type StartProxy = (
  program: Program,
  backends: readonly [number, number],
  replaced?: Record<string, string>,
) => Promise<Proxy>;

const startNginx: StartProxy = async (program, [first, second], replaced = {}) => {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const file = fileURLToPath(new URL(`nginx-${port}.conf`, folder));
  const text = program.text({
    'listen 443': `listen 127.0.0.1:${port}`,
    '8081': first,
    '8082': second,
    '/etc/ssl/example.com.pem': certificate('cert.pem'),
    '/etc/ssl/example.com.key': certificate('key.pem'),
    ...replaced,
  });
  writeFileSync(file, text);
  writeFileSync(`${file}.main`, nginxConf(file));
  const child = spawnChild(await installed('nginx'), ['-c', `${file}.main`, '-p', fileURLToPath(folder)]);
  await listening(port, child);
  return { port, child };
};

const startHaproxy: StartProxy = async (program, [first, second], replaced = {}) => {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const file = fileURLToPath(new URL(`haproxy-${port}.cfg`, folder));
  writeFileSync(`${file}.pem`, ['cert.pem', 'key.pem'].map((name) => readFileSync(certificate(name), 'utf8')).join(''));
  const text = program.text({
    // It wants twice as many open files, which the machine that runs the tests may not allow.
    'maxconn 20000': 'maxconn 500',
    'bind :443': `bind 127.0.0.1:${port}`,
    '8081': first,
    '8082': second,
    '/etc/haproxy/example.com.pem': `${file}.pem`,
    ...replaced,
  });
  writeFileSync(file, text);
  const child = spawnChild(await installed('haproxy'), ['-f', file]);
  await listening(port, child);
  return { port, child };
};

/** Starts the server of the page on a port, for a proxy at another one. */
async function startServer(port: number, proxyPort: number, more: Record<string, string> = {}): Promise<Child> {
  const program = new Program({ at: SERVER });
  const child = program.start(
    {
      'process.env.PORT ?? 8080': port,
      "hosts: ['example.com']": "hosts: ['localhost', '127.0.0.1']",
      'https://example.com': `https://localhost:${proxyPort}`,
      ...more,
    },
    `-${port}`,
  );
  await listening(port, child);
  return child;
}

const isHealthy = async (port: number): Promise<boolean> =>
  (await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined))?.status === 200;

/** Resolves once somebody behind the proxy is healthy, as far as that knows. */
async function reaches({ port }: Proxy): Promise<void> {
  for (;;) {
    const status = await new Promise<number | undefined>((resolve) => {
      get({ host: '127.0.0.1', port, path: '/live', rejectUnauthorized: false, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).on('error', () => resolve(undefined));
    });
    // The server says 404 to what is no upgrade; proxies without a server say 502 or 503.
    if (status === 404) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The configuration passes connections on: with their origin, their host, and their address. */
function passesOn(startProxy: StartProxy, timeouts: Record<string, string>): (program: Program) => Promise<void> {
  return async (program) => {
    const [first, second] = [await freePort(), await freePort()];
    // A connection on which nothing happens is cut after a second; pings keep it.
    const proxy = await startProxy(program, [first, second], timeouts);
    const report = `console.log('from', request.headers['x-forwarded-for']);\n  ws.onMessage`;
    const children = await Promise.all(
      [first, second].map((port) =>
        startServer(port, proxy.port, {
          'serve(options, (ws) => {\n  ws.onMessage': `serve({ ...options, pingInterval: 300 }, (ws, request) => {\n  ${report}`,
        }),
      ),
    );
    await reaches(proxy);
    const url = `wss://localhost:${proxy.port}/live`;
    const headers = { Origin: `https://localhost:${proxy.port}`, 'X-Forwarded-For': '203.0.113.7' };
    for (const library of LIBRARIES) {
      const peer = await connect(library, url, { headers });
      peer.send('{ "id": 7, "text": "through" }');
      expect(await peer.next()).toBe('7');
      peer.close();
      expect(await peer.closed).toBe(1000);
      await expect(connect(library, url, { headers: { Origin: 'https://elsewhere.example' } })).rejects.toBe(403);
      await expect(connect(library, url, { headers: { ...headers, Host: 'evil.example' } })).rejects.toBe(421);
      await expect(connect(library, url, { headers: { Origin: `http://localhost:${proxy.port}` } })).rejects.toBe(403);
    }
    const output = children.map((child) => child.output).join('');
    expect(output).toContain('from 127.0.0.1\n');
    expect(output).not.toContain('203.0.113.7');

    const tls = { rejectUnauthorized: false };
    const kept = await dial(url, { tls, pingInterval: 0 });
    let pings = 0;
    const isKept = new Promise<void>((resolve) => {
      kept.onMessage(9, (message, adapter) => {
        adapter.pong(message.read());
        pings += 1;
        if (pings === 8) resolve();
      });
    });
    const ended = kept.start();
    await Promise.race([isKept, ended]);
    expect(pings).toBe(8);
    kept.close();
    expect(await ended).toMatchObject({ code: 1000, wasClean: true });
    expect(proxy.child.process.exitCode, proxy.child.output).toBe(null);
  };
}

/** Without pings the same configuration cuts a connection on which nothing happens. */
async function cutsTheIdle(startProxy: StartProxy, program: Program, timeouts: Record<string, string>): Promise<void> {
  const [first, second] = [await freePort(), await freePort()];
  const proxy = await startProxy(program, [first, second], timeouts);
  await startServer(first, proxy.port, { 'serve(options,': 'serve({ ...options, pingInterval: 0 },' });
  await startServer(second, proxy.port, { 'serve(options,': 'serve({ ...options, pingInterval: 0 },' });
  await reaches(proxy);
  const idle = await dial(`wss://localhost:${proxy.port}/live`, {
    tls: { rejectUnauthorized: false },
    pingInterval: 0,
  });
  expect(await idle.start()).toMatchObject({ code: 1006, wasClean: false });
}

/** What clients have sent is stored, each number at least once, although the server is replaced meanwhile. */
async function losesNothing(startProxy: StartProxy, config: Program, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const [first, second] = [await freePort(), await freePort()];
  const proxy = await startProxy(config, [first, second]);
  const old = await startServer(first, proxy.port);
  await reaches(proxy);

  process.env.NODE_EXTRA_CA_CERTS = certificate('cert.pem');
  onTestFinished(() => void Reflect.deleteProperty(process.env, 'NODE_EXTRA_CA_CERTS'));
  const program = new Program({ at: CLIENT });
  const file = program.write({ 'wss://example.com/live': `wss://localhost:${proxy.port}/live` }, `-${proxy.port}`);
  const clients = [0, 1, 2].map(() => spawnChild(process.execPath, [file], 'pipe'));
  for (const { process: client } of clients) client.stdin?.on('error', () => {});
  let count = 0;
  const timer = setInterval(() => {
    for (const { process: client } of clients) client.stdin?.write(`message-${count}\n`);
    count += 1;
  }, 2);
  onTestFinished(() => clearInterval(timer));

  for (const client of clients) await client.sees(/answered 50\n/);
  const next = await startServer(second, proxy.port);
  while (!(await isHealthy(second))) await new Promise((resolve) => setTimeout(resolve, 10));
  const before = count;
  old.process.kill(signal);
  expect(await old.exited, old.output).toBe(signal === 'SIGTERM' ? 0 : 'SIGKILL');
  expect(before).toBeGreaterThan(50);
  // The clients go on for a while after they have come to the other server.
  for (const client of clients) await client.sees(new RegExp(`answered ${count + 100}\\n`));
  clearInterval(timer);
  const last = count - 1;
  for (const client of clients) await client.sees(new RegExp(`answered ${last}\\n`));

  const stored = (child: Child): number[] =>
    [...child.stdout.matchAll(/^stored (\d+) message-\1$/gm)].map(([, id]) => Number(id));
  const all = [...stored(old), ...stored(next)];
  expect(stored(next).length).toBeGreaterThan(0);
  for (let id = 0; id <= last; id += 1) {
    expect(all.filter((one) => one === id).length, `message ${id}`).toBeGreaterThanOrEqual(clients.length);
  }
  for (const client of clients) {
    const answered = new Set([...client.stdout.matchAll(/^answered (\d+)$/gm)].map(([, id]) => Number(id)));
    expect(answered.size).toBe(count);
    client.process.kill();
  }
}

/** All that a client has handed over before a drained server closes is stored, without asking for it again. */
async function handlesWhatWasSent(startProxy: StartProxy, config: Program): Promise<void> {
  const [first, second] = [await freePort(), await freePort()];
  const proxy = await startProxy(config, [first, second]);
  const server = await startServer(first, proxy.port);
  await reaches(proxy);
  const ws = await dial(`wss://localhost:${proxy.port}/live`, { tls: { rejectUnauthorized: false } });
  let sent = 0;
  let timer: ReturnType<typeof setInterval> | undefined;
  ws.onMessage(MessageType.Text, () => {});
  ws.onReady((adapter) => {
    timer = setInterval(() => {
      if (adapter.status === Status.Closed) return;
      try {
        for (let i = 0; i < 20; i += 1) {
          adapter.dispatch(MessageType.Text, JSON.stringify({ id: sent, text: `message-${sent}` }));
          sent += 1;
        }
      } catch (error) {
        expect(error).toBeInstanceOf(ClosedError);
      }
    }, 1);
  });
  onTestFinished(() => clearInterval(timer));
  const ended = ws.start();
  await server.sees(/stored 500 /);
  server.process.kill('SIGTERM');
  const { code, wasClean, unsent } = await ended;
  expect({ code, wasClean, messages: unsent?.messages ?? 0 }).toEqual({ code: 1012, wasClean: true, messages: 0 });
  expect(await server.exited).toBe(0);
  const stored = [...server.stdout.matchAll(/^stored (\d+) /gm)].map(([, id]) => Number(id));
  expect(stored).toEqual([...Array(sent).keys()]);
}

const NGINX_TIMEOUTS = {
  'proxy_read_timeout 30s': 'proxy_read_timeout 1s',
  'proxy_send_timeout 30s': 'proxy_send_timeout 1s',
};
const HAPROXY_TIMEOUTS = { 'timeout tunnel 30s': 'timeout tunnel 1s' };

/** Both proxies, as their configuration stands in the page. */
export const PROXIES = [
  { name: 'nginx', startProxy: startNginx, timeouts: NGINX_TIMEOUTS },
  { name: 'HAProxy', startProxy: startHaproxy, timeouts: HAPROXY_TIMEOUTS },
] as const;

/** What is tried with each of {@link PROXIES} beside passing connections on. */
export const trials = {
  cutsTheIdle: ({ name, startProxy, timeouts }: (typeof PROXIES)[number]) =>
    cutsTheIdle(startProxy, new Program({ at: `${PAGE}: ${name}` }), timeouts),
  handlesWhatWasSent: ({ name, startProxy }: (typeof PROXIES)[number]) =>
    handlesWhatWasSent(startProxy, new Program({ at: `${PAGE}: ${name}` })),
  losesNothing: ({ name, startProxy }: (typeof PROXIES)[number], signal: 'SIGTERM' | 'SIGKILL') =>
    losesNothing(startProxy, new Program({ at: `${PAGE}: ${name}` }), signal),
};

/** Every program and configuration of the page. */
export const deployment: readonly Shown[] = [
  {
    at: SERVER,
    run: serves({
      path: '/live',
      replaced: () => ({ "hosts: ['example.com']": "hosts: ['localhost', '127.0.0.1']" }),
      probe: async (port) => {
        expect(await isHealthy(port)).toBe(true);
        expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404);
      },
    }),
  },
  { at: `${PAGE}: nginx`, run: passesOn(startNginx, NGINX_TIMEOUTS) },
  { at: `${PAGE}: HAProxy`, run: passesOn(startHaproxy, HAPROXY_TIMEOUTS) },
  {
    at: `${PAGE}: The address of a client`,
    run: serves({
      probe: async (port) => {
        for (const [header, address] of [
          ['203.0.113.7', '203.0.113.7'],
          ['198.51.100.1, 203.0.113.7', '203.0.113.7'],
        ] as const) {
          const peer = await connect('ws', `ws://127.0.0.1:${port}/`, { headers: { 'X-Forwarded-For': header } });
          expect(await peer.next()).toBe(`you are ${address}`);
          peer.close();
        }
      },
    }),
  },
  { at: CLIENT, run: () => trials.losesNothing(PROXIES[0], 'SIGTERM') },
];
