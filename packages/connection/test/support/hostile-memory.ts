import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Server as NetServer, type Socket } from 'node:net';
import { createInterface, type Interface } from 'node:readline';
import { createServer as createTlsServer, connect as tlsConnect } from 'node:tls';
import { computeAccept } from '@webson/handshake';
import type { ConnectionOptions } from '../../src/options/options.js';
import { TLS, upgradeRequest } from '../node/harness.js';
import type { Role } from './hostile-peer.js';
import { turns } from './turns.js';

const CHILD = new URL('./hostile-memory-child.mjs', import.meta.url);

/** What the process under attack says of itself; bytes. */
export interface MemoryReport {
  /** Handlers that were called. */
  handled: number;
  /** The most that its RSS was above what it was before. */
  growth: number;
  /** What it was above that in the end, after a garbage collection. */
  held: number;
  /** Bytes that came off its sockets. */
  read: number;
  /** Close codes. */
  codes: number[];
  /** `bufferedAmount` of all connections. */
  buffered: number;
  /** Bytes of messages that nobody has read. */
  unread: number;
}

/** Who is attacked, and how. */
export interface Attack {
  readonly role: Role;
  /** What the process does with its connections: see hostile-memory-child.mjs. */
  readonly application: string;
  readonly options?: ConnectionOptions;
  readonly isTls?: boolean;
  /** Header lines that the peer puts into its part of the handshake, each with its line end. */
  readonly header?: string;
  /** What the peer sends in place of a handshake. */
  readonly greeting?: string;
  /** How many connections; a client has one. */
  readonly connections?: number;
  /** What the peer sends on each of them, never reading a byte. */
  readonly send?: (socket: Socket, masks: boolean) => unknown;
  /** Waits for the end of all connections. */
  readonly mustEnd?: boolean;
}

/** A process of its own with a server or a client, attacked by a peer in this one. */
export class MemoryTrial {
  #child: ChildProcess | undefined;
  readonly #sockets: Socket[] = [];
  #server: NetServer | undefined;

  async run(attack: Attack): Promise<MemoryReport> {
    const { role, application, options = {}, isTls = false, send, mustEnd = false } = attack;
    const met = role === 'client' ? await this.#listen(attack) : undefined;
    const settings = { role, application, options, isTls, port: met?.port };
    this.#child = spawn(process.execPath, ['--expose-gc', CHILD.pathname, JSON.stringify(settings)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: this.#child.stdout! });
    const port = Number(await line(lines));
    const sockets = met === undefined ? await this.#dial(attack, port) : [await met.socket];
    for (const socket of sockets) await send?.(socket, role === 'server');
    await settled(sockets);
    this.#child.stdin!.write(mustEnd ? 'end\n' : 'report\n');
    return JSON.parse(await line(lines)) as MemoryReport;
  }

  /** Ends the process. */
  async stop(): Promise<void> {
    for (const socket of this.#sockets.splice(0)) socket.destroy();
    if (this.#server !== undefined) await new Promise((resolve) => this.#server!.close(resolve));
    this.#server = undefined;
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  async #dial({ connections = 1, header, isTls, greeting }: Attack, port: number): Promise<Socket[]> {
    const sockets: Socket[] = [];
    for (let i = 0; i < connections; i++) {
      const target = { port, host: '127.0.0.1' };
      const socket = isTls ? tlsConnect({ ...target, rejectUnauthorized: false }) : connect(target);
      this.#take(socket);
      socket.write(greeting ?? upgradeRequest(header), 'latin1');
      if (greeting === undefined) await once(socket, 'readable');
      sockets.push(socket);
    }
    return sockets;
  }

  async #listen({ header = '', isTls }: Attack): Promise<{ port: number; socket: Promise<Socket> }> {
    const server = isTls ? createTlsServer(TLS) : createServer();
    this.#server = server;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = once(server, isTls ? 'secureConnection' : 'connection').then(async ([peer]: Socket[]) => {
      this.#take(peer!);
      await once(peer!, 'readable');
      const request = String(peer!.read());
      const key = /Sec-WebSocket-Key: (.*)\r\n/.exec(request)?.[1] as string;
      peer!.write(
        `HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${computeAccept(key)}\r\n${header}\r\n`,
        'latin1',
      );
      return peer!;
    });
    return { port: (server.address() as { port: number }).port, socket };
  }

  #take(socket: Socket): void {
    socket.setNoDelay(true);
    socket.on('error', () => {});
    this.#sockets.push(socket);
  }
}

// Until the other side takes no more.
async function settled(sockets: readonly Socket[]): Promise<void> {
  for (let quiet = 0, last = -1; quiet < 400; quiet++) {
    await turns();
    const waiting = sockets.reduce((sum, { writableLength }) => sum + writableLength, 0);
    if (waiting !== last) quiet = 0;
    last = waiting;
  }
}

async function line(lines: Interface): Promise<string> {
  const [text] = (await once(lines, 'line')) as [string];
  return text;
}
