import { RecordingSink } from '@webson/testing';
import { afterEach } from 'vitest';
import { Connection } from '../../src/connection.js';
import type { ConnectionParts, Opened } from '../../src/connection-parts.js';
import { createTransportPair } from '../../src/memory-transport.js';
import { nodePlatform } from '../../src/node/platform.js';
import { resolveOptions } from '../../src/options/connection-kinds.js';
import type { ConnectionOptions, Settings } from '../../src/options/options.js';
import type { GoDialect } from '../../src/protocol/contract/go-dialect.js';
import type { StreamAgreement } from '../../src/protocol/contract/stream-agreement.js';
import { goDialect } from '../../src/protocol/go/dialect.js';
import { flowControl } from '../../src/protocol/negotiated/stream-extension.js';
import type { Transport, TransportSink } from '../../src/transport.js';
import { briefOnStream, concat, FrameReader, frame, type WireFrame } from './frames.js';

/** A transport that takes down how it is used. */
export class SpyTransport implements Transport {
  /** The length of every write. */
  readonly writes: number[] = [];
  isPaused = false;
  hasEnded = false;
  isDestroyed = false;
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  start(sink: TransportSink): void {
    this.#transport.start(sink);
  }

  write(parts: readonly Uint8Array[]): boolean {
    this.writes.push(parts.reduce((sum, part) => sum + part.length, 0));
    return this.#transport.write(parts);
  }

  pause(): void {
    this.isPaused = true;
    this.#transport.pause();
  }

  resume(): void {
    this.isPaused = false;
    this.#transport.resume();
  }

  end(): void {
    this.hasEnded = true;
    this.#transport.end();
  }

  destroy(error?: Error): void {
    this.isDestroyed = true;
    this.#transport.destroy(error);
  }
}

/** The other end of a connection's transport, that speaks in frames and does nothing by itself. */
export class RawPeer {
  readonly transport: Transport;
  readonly sink: RecordingSink = new RecordingSink();
  readonly #isServer: boolean;
  readonly #reader: FrameReader;

  constructor(transport: Transport, isServer: boolean, streams = false) {
    this.transport = transport;
    this.#isServer = isServer;
    this.#reader = new FrameReader({ streams });
    this.sink.onChunk = (chunk) => this.#reader.push(chunk);
    transport.start(this.sink);
  }

  /** Frames received. */
  get frames(): readonly WireFrame[] {
    return this.#reader.frames;
  }

  /** Frames received, in short. */
  get seen(): string[] {
    return this.frames.map(briefOnStream);
  }

  /** Sends frames in one write, masked when this is a client. */
  send(...frames: [opcode: number, payload?: string | Uint8Array, fin?: boolean][]): void {
    this.transport.write([
      concat(
        frames.map(([opcode, payload = '', fin = true]) => frame(opcode, payload, { fin, mask: !this.#isServer })),
      ),
    ]);
  }

  /** Sends one frame on a stream, masked when this is a client. */
  sendOn(streamId: number, opcode: number, payload: string | Uint8Array = '', fin = true): void {
    this.transport.write([frame(opcode, payload, { streamId, fin, mask: !this.#isServer })]);
  }

  /** Gives a message up. */
  cancel(streamId: number): void {
    this.transport.write([frame(0, '', { streamId, cancel: true, mask: !this.#isServer })]);
  }

  /** Resolves once so many frames have come. */
  received(count: number): Promise<void> {
    return this.sink.until(() => this.frames.length >= count);
  }

  /** Answers the connection's Close, or begins the handshake, and ends. */
  close(code = 1000): void {
    this.send([8, new Uint8Array([code >> 8, code & 0xff])]);
    this.transport.end();
  }
}

/** What {@link connect} makes a connection of. */
export interface TestOptions extends ConnectionOptions {
  /** A server by default. */
  isClient?: boolean;
  redial?: () => Promise<Opened>;
}

/** A connection under test, what it writes to, and who is at the other end. */
export interface TestConnection {
  connection: Connection;
  transport: SpyTransport;
  peer: RawPeer;
}

const opened: Transport[] = [];

/** Destroys the transports of all connections after each test: no timer of theirs outlives it. */
export function cleanUpConnections(): void {
  afterEach(() => {
    for (const transport of opened.splice(0)) transport.destroy();
  });
}

/** What a handshake leads to, and the far end of it. */
export function openTransport(
  isClient: boolean,
  streams?: StreamAgreement,
): { opened: Opened; transport: SpyTransport; peer: RawPeer } {
  const [near, far] = createTransportPair();
  opened.push(near, far);
  const transport = new SpyTransport(near);
  const negotiated = { protocol: '', extensions: [] };
  const peer = new RawPeer(far, isClient, streams !== undefined);
  return { opened: { transport, negotiated, streams }, transport, peer };
}

/** A connection over memory, not started; no pings unless asked for. */
export function connect(options: TestOptions = {}): TestConnection {
  const { isClient = false, redial, ...rest } = options;
  const settings = resolveOptions({ pingInterval: 0, ...rest });
  const { opened, transport, peer } = openTransport(isClient, agreementOf(settings));
  const parts: ConnectionParts = { platform: nodePlatform, ...opened, go: dialectOf(settings), settings, isClient };
  const connection = new Connection(redial === undefined ? parts : { ...parts, redial });
  return { connection, transport, peer };
}

/** What two endpoints with the same settings agree on. */
function agreementOf({ streams }: Settings): StreamAgreement | undefined {
  if (streams === undefined) return undefined;
  const { maxStreams, windows } = streams;
  return { maxStreams, flow: windows && flowControl(windows, windows) };
}

function dialectOf({ goSettings }: Settings): GoDialect | undefined {
  return goSettings && goDialect(goSettings);
}

/** Two connections joined in memory, not started. */
export function connectBoth(options: ConnectionOptions = {}): { client: Connection; server: Connection } {
  const pair = createTransportPair();
  opened.push(...pair);
  const settings = resolveOptions({ pingInterval: 0, ...options });
  const negotiated = { protocol: '', extensions: [] };
  const parts = {
    platform: nodePlatform,
    negotiated,
    settings,
    streams: agreementOf(settings),
    go: dialectOf(settings),
  };
  const [client, server] = pair.map((transport, i) => new Connection({ ...parts, transport, isClient: i === 0 })) as [
    Connection,
    Connection,
  ];
  return { client, server };
}

/** A promise, and what settles it. */
export interface Deferred<T = void> {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: unknown) => void;
}

export function deferred<T = void>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
