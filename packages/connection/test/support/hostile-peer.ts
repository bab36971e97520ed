import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { OutgoingFrame } from '@webson/frame';
import { computeAccept } from '@webson/handshake';
import { TcpPeer } from '@webson/testing/tcp';
import type { Connection } from '../../src/connection.js';
import { dial } from '../../src/node/client/dial.js';
import type { ConnectionOptions } from '../../src/options/options.js';
import type { CloseInfo } from '../../src/protocol/close-info.js';
import { cleanUp, listen, portOf, serveForTest, upgradeRequest } from '../node/harness.js';
import { FrameReader, frame, type WireFrame } from './frames.js';

/** Which side the endpoint under test is. */
export type Role = 'server' | 'client';
export const ROLES: readonly Role[] = ['server', 'client'];

/** A peer over a real socket that speaks frames, keeps no rule, and answers nothing by itself. */
export class HostilePeer extends TcpPeer {
  readonly #masks: boolean;
  readonly #reader: FrameReader;

  /** @param rest bytes that came after the handshake. */
  constructor(socket: Socket, masks: boolean, rest: Uint8Array) {
    const reader = new FrameReader();
    reader.push(rest);
    super(socket, { onBytes: (chunk) => reader.push(chunk) });
    this.#reader = reader;
    this.#masks = masks;
    cleanUp(() => void socket.destroy());
  }

  /** Frames received. */
  get frames(): readonly WireFrame[] {
    return this.#reader.frames;
  }

  /** Code and reason of the Close received. */
  get close(): { code: number; reason: string } | undefined {
    const payload = this.frames.find(({ opcode }) => opcode === 8)?.payload;
    if (payload === undefined) return undefined;
    const bytes = Buffer.from(payload);
    return { code: bytes.length < 2 ? 1005 : bytes.readUInt16BE(), reason: bytes.toString('utf8', 2) };
  }

  /** A whole frame, masked if this peer has to. */
  frame(
    opcode: number,
    payload: string | Uint8Array = '',
    options: Omit<OutgoingFrame, 'opcode' | 'payload' | 'mask'> = {},
  ): Uint8Array {
    return frame(opcode, payload, { mask: this.#masks, ...options });
  }

  /** The header alone of a frame that announces so many bytes; what is sent after it goes through the mask as it is. */
  header(opcode: number, length: number | bigint, fin = true): Uint8Array {
    const mask = this.#masks ? 0x80 : 0;
    const bytes = Buffer.alloc(14);
    bytes[0] = (fin ? 0x80 : 0) | opcode;
    let end = 2;
    if (length < 126) {
      bytes[1] = mask | Number(length);
    } else if (length < 65_536) {
      bytes[1] = mask | 126;
      end = bytes.writeUInt16BE(Number(length), 2);
    } else {
      bytes[1] = mask | 127;
      end = bytes.writeBigUInt64BE(BigInt(length), 2);
    }
    return new Uint8Array(bytes.subarray(0, end + (this.#masks ? 4 : 0)));
  }

  /** The Close, once it has come. */
  async closing(): Promise<{ code: number; reason: string }> {
    await this.until(() => this.close !== undefined);
    return this.close as { code: number; reason: string };
  }
}

/** The endpoint under test, started, and who it has to do with. */
export interface Meeting {
  readonly connection: Connection;
  readonly closed: Promise<CloseInfo>;
  readonly peer: HostilePeer;
}

/** What a meeting can be given beside the options of the endpoint. */
export interface MeetingOptions extends ConnectionOptions {
  /** Header lines that the peer puts into its part of the handshake, each with its line end. */
  header?: string;
  /** Called before the connection is started. */
  setUp?: (connection: Connection) => void;
}

/** Joins an endpoint in that role, that pings nobody unless asked to, and a peer over TCP. */
export function meet(role: Role, options: MeetingOptions = {}): Promise<Meeting> {
  const { header = '', setUp = () => {}, ...rest } = options;
  const settings = { pingInterval: 0, ...rest };
  return role === 'server' ? meetServer(settings, header, setUp) : meetClient(settings, header, setUp);
}

/** Header lines with which either side takes part in compression without a context. */
export const DEFLATE =
  'Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n';

async function meetServer(
  options: ConnectionOptions,
  header: string,
  setUp: (connection: Connection) => void,
): Promise<Meeting> {
  let onStarted!: (started: [Connection, Promise<CloseInfo>]) => void;
  const connected = new Promise<[Connection, Promise<CloseInfo>]>((resolve) => {
    onStarted = resolve;
  });
  const server = await serveForTest(options, (connection) => {
    setUp(connection);
    onStarted([connection, connection.start()]);
  });
  const socket = connect({ port: portOf(server), host: '127.0.0.1' });
  socket.on('error', () => {});
  socket.write(upgradeRequest(header), 'latin1');
  const rest = await readHead(socket);
  const [connection, closed] = await connected;
  return { connection, closed, peer: new HostilePeer(socket, true, rest) };
}

async function meetClient(
  options: ConnectionOptions,
  header: string,
  setUp: (connection: Connection) => void,
): Promise<Meeting> {
  let onPeer!: (peer: HostilePeer) => void;
  const met = new Promise<HostilePeer>((resolve) => {
    onPeer = resolve;
  });
  const server = await listen((socket) => {
    socket.once('data', (request: Buffer) => {
      const key = /Sec-WebSocket-Key: (.*)\r\n/.exec(request.toString('latin1'))?.[1] as string;
      socket.write(
        `HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
          `Sec-WebSocket-Accept: ${computeAccept(key)}\r\n${header}\r\n`,
        'latin1',
      );
      onPeer(new HostilePeer(socket, false, new Uint8Array(0)));
    });
  });
  const connection = await dial(`ws://127.0.0.1:${server.port}/`, options);
  setUp(connection);
  const closed = connection.start();
  return { connection, closed, peer: await met };
}

// The bytes after the head of the answer.
async function readHead(socket: Socket): Promise<Uint8Array> {
  let received = Buffer.alloc(0);
  for (;;) {
    const end = received.indexOf('\r\n\r\n');
    if (end >= 0) return new Uint8Array(received.subarray(end + 4));
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    received = Buffer.concat([received, chunk]);
  }
}
