import { once } from 'node:events';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { expect } from 'vitest';

/** The server that is tried. */
export interface Target {
  readonly port: number;
  /** The path of an upgrade that is taken. */
  readonly path?: string;
  /** Header lines that an honest client sends beside those of RFC 6455. */
  readonly headers?: string;
  readonly isTls?: boolean;
  /** False for servers of others: any answer is right, or none, as long as they live on. */
  readonly isStrict?: boolean;
  /** False where others listen for upgrades, too, and leave those unanswered that are nobody's. */
  readonly isAlone?: boolean;
}

async function open({ port, isTls = false }: Target): Promise<Duplex> {
  const socket = isTls
    ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
    : connect({ port, host: '127.0.0.1' });
  await once(socket, isTls ? 'secureConnect' : 'connect');
  return socket.on('error', () => {});
}

/** All that comes until the socket is closed. */
async function ended(socket: Duplex): Promise<string> {
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
  });
  await once(socket, 'close');
  return text;
}

interface Head {
  readonly method?: string;
  readonly path?: string;
  readonly key?: string;
  readonly upgrade?: string;
  readonly more?: string;
}

const KEY = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';

function headFor({ path: own = '/', headers = '' }: Target, head: Head = {}): string {
  const { method = 'GET', path = own, key = KEY, upgrade = 'websocket', more = '' } = head;
  // What is no upgrade may be answered like any other request: let the connection end with it.
  const connection = upgrade === 'websocket' ? 'Upgrade' : 'Upgrade, close';
  const fields = `Upgrade: ${upgrade}\r\nConnection: ${connection}\r\nSec-WebSocket-Version: 13\r\n${key}`;
  return `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${fields}${headers}${more}\r\n`;
}

/** What belongs to no path. */
const stray = (target: Target): string[] => [
  headFor(target, { path: '*' }),
  headFor(target, { path: `${target.path ?? '/'}#x` }),
];

/** What is answered with a refusal. */
function refused(target: Target): string[] {
  return [
    headFor(target, { key: '' }),
    headFor(target, { key: 'Sec-WebSocket-Key: short\r\n' }),
    headFor(target, { method: 'POST' }),
    headFor(target, { more: 'Content-Length: 5\r\n' }).concat('hello'),
    headFor(target, { more: 'Origin: http://elsewhere\r\n' }),
    headFor(target, { more: 'A:\r\n'.repeat(1500) }),
    headFor(target, { more: 'Sec-WebSocket-Extensions: ;;\r\n' }),
    headFor(target, { more: 'Sec-WebSocket-Protocol: a b\r\n' }),
    'garbage\r\n\r\n',
  ];
}

/** Frames that break a connection. */
const BROKEN = ['garbage', '\x81\x85\0\0\0\0hel', '\x88\x80\0\0\0\0', '\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff'];

/** Sends a server what clients should not send. Each is answered with its status; that the server lives on is for the caller to see. */
export async function sendBadRequests(target: Target): Promise<void> {
  const { isStrict = true, isAlone = true } = target;
  for (const wire of [...refused(target), ...(isAlone ? stray(target) : [])]) {
    const socket = await open(target);
    socket.write(wire, 'latin1');
    if (isStrict) expect(await ended(socket)).toMatch(/^HTTP\/1\.1 4\d\d /);
    else await Promise.race([once(socket, 'data'), once(socket, 'close')]);
    socket.destroy();
  }
  if (isAlone) {
    const other = await open(target);
    other.write(headFor(target, { upgrade: 'h2c' }), 'latin1');
    expect(await ended(other)).toMatch(/^HTTP\/1\.1 [24]\d\d /);
  }

  for (const wire of ['', 'GET / HTT', headFor(target).slice(0, -2), headFor(target), headFor(target, { key: '' })]) {
    const socket = await open(target);
    await new Promise((resolve) => socket.write(wire, 'latin1', resolve));
    reset(socket);
  }
  for (const frame of BROKEN) {
    const socket = await open(target);
    socket.write(headFor(target), 'latin1');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString('latin1')).toMatch(/^HTTP\/1\.1 101 /);
    socket.write(frame, 'latin1');
    reset(socket);
  }
}

function reset(socket: Duplex): void {
  if ('resetAndDestroy' in socket && !('encrypted' in socket)) (socket.resetAndDestroy as () => void).call(socket);
  else socket.destroy();
}
