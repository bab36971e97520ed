import type { Socket } from 'node:net';
import { isNode, isTls, net, util } from '../built-ins.js';
import { allocate } from './allocator.js';
import { CHUNK_LENGTH, nodeScanner } from './scanner/scanner.js';

/** Node's object for one write that the system does not take at once. */
interface WriteRequest {
  /** -1 as long as no write waits in it. */
  getAsyncId(): number;
  oncomplete?: (status: number) => void;
  /** Kept alive with it: what is being written. */
  parts?: readonly Uint8Array[];
}

type WriteRequestClass = new () => WriteRequest;

/** What is under a socket of Node. */
interface Handle {
  useUserBuffer(buffer: Uint8Array): unknown;
  writeBuffer(request: WriteRequest, bytes: Uint8Array): number | undefined;
  writev(request: WriteRequest, parts: readonly Uint8Array[], areBuffers: true): number | undefined;
}

/** The properties by which a socket made with the option `onread` knows where to read to. */
interface ReadProperties {
  readonly buffer: symbol;
  readonly callback: symbol;
}

type Opaque = Record<symbol, unknown> & { _handle?: Partial<Handle> | null };

/** What all sockets are read into, one after the other; whoever is told of bytes has done with them before the next. */
let readBuffer: Uint8Array | undefined;
let readProperties: ReadProperties | undefined;
let WriteRequest: WriteRequestClass | undefined;
// A write has been seen; where it was not as expected all go through the stream.
let hasLearnt = false;
// One that no write waits in.
let spareRequest: WriteRequest | undefined;

/**
 * The handle under a socket, used directly: bytes are read into one buffer for all sockets and written without the
 * stream in between. Events, `pause`, `resume`, `end` and `destroy` stay the socket's.
 *
 * Node documents only a part of that (the option `onread`, for sockets that connect): `of` looks for the rest.
 */
export class SocketHandle {
  readonly #socket: Socket;
  readonly #handle: Handle;
  // Called when the system has taken what it did not take at once.
  readonly #onDrain: () => void;
  readonly #onComplete = (status: number): void => {
    // Of what a destroyed socket drops Node says that it was written.
    if (this.#socket.destroyed) return;
    if (status < 0) this.#socket.destroy(writeError(status));
    else this.#onDrain();
  };

  private constructor(socket: Socket, handle: Handle, onDrain: () => void) {
    this.#socket = socket;
    this.#handle = handle;
    this.#onDrain = onDrain;
  }

  /** The handle under `stream`; undefined when that is no TCP or unix socket, or not as it is known to be. */
  static of(stream: unknown, onDrain: () => void): SocketHandle | undefined {
    if (!(stream instanceof net.Socket) || isTls(stream)) return undefined;
    const handle = (stream as unknown as Opaque)._handle;
    if (!isNode || !isHandle(handle)) return undefined;
    return new SocketHandle(stream, handle, onDrain);
  }

  /**
   * From now on `onRead` is called with what comes, in place of the event `data`; the memory is lent for the time of the
   * call. Nothing may be left in the stream. False when this Node does not do it.
   */
  readInto(onRead: (bytes: Uint8Array) => void): boolean {
    const socket = this.#socket as unknown as Opaque;
    readProperties ??= findReadProperties(socket);
    if (this.#socket.destroyed || readProperties === undefined || socket[readProperties.buffer] !== null) return false;
    readBuffer ??= createReadBuffer();
    const buffer = readBuffer;
    const memory = buffer.buffer;
    this.#handle.useUserBuffer(buffer);
    socket[readProperties.buffer] = buffer;
    socket[readProperties.callback] = (length: number): boolean => {
      onRead(new Uint8Array(memory, 0, length));
      return true;
    };
    return true;
  }

  /** True when `write` can be used: from the first write on that `learn` has seen. */
  get canWrite(): boolean {
    return WriteRequest !== undefined;
  }

  /** Calls `write`, which writes one part to the stream, and looks how Node does that. */
  learn(write: () => void): void {
    if (hasLearnt) {
      write();
      return;
    }
    const handle = this.#handle;
    const { writeBuffer } = handle;
    handle.writeBuffer = (request, bytes) => {
      WriteRequest ??= classOf(request);
      hasLearnt = true;
      return writeBuffer.call(handle, request, bytes);
    };
    try {
      write();
    } finally {
      Reflect.deleteProperty(handle, 'writeBuffer');
    }
  }

  /** Writes the parts. Nothing may wait to be written. False when it has to wait: `onDrain` tells the end of that. */
  write(parts: readonly Uint8Array[]): boolean {
    spareRequest ??= new WriteRequest!();
    const request = spareRequest;
    const handle = this.#handle;
    const error = parts.length === 1 ? handle.writeBuffer(request, parts[0]!) : handle.writev(request, parts, true);
    if (request.getAsyncId() === -1) {
      if (error !== 0) this.#socket.destroy(writeError(error));
      return error === 0;
    }
    spareRequest = undefined;
    request.oncomplete = this.#onComplete;
    request.parts = parts;
    return false;
  }
}

/** What Node counts at the handle under a stream, and, with TLS, at the one under that. */
interface Counts {
  readonly bytesRead?: unknown;
  readonly bytesWritten?: unknown;
  readonly writeQueueSize?: unknown;
  readonly _parent?: Counts | null;
}

/** Bytes that the system has taken of those ever written to `stream`, encrypted if they are; undefined when that is not known. */
export function bytesTakenFrom(stream: object): number | undefined {
  const handle = (stream as { _handle?: Counts | null })._handle;
  const { bytesWritten, writeQueueSize } = handle?._parent ?? handle ?? {};
  if (typeof bytesWritten !== 'number' || typeof writeQueueSize !== 'number') return undefined;
  return bytesWritten - writeQueueSize;
}

/** Bytes that the system has handed over to a TLS `stream`, encrypted; undefined for others, and when that is not known. */
export function encryptedBytesReadBy(stream: object): number | undefined {
  const bytesRead = (stream as { _handle?: Counts | null })._handle?._parent?.bytesRead;
  return typeof bytesRead === 'number' ? bytesRead : undefined;
}

function createReadBuffer(): Uint8Array {
  const scanner = nodeScanner();
  return scanner === undefined ? allocate(CHUNK_LENGTH) : new Uint8Array(scanner.memory, 0, CHUNK_LENGTH);
}

function isHandle(handle: Partial<Handle> | null | undefined): handle is Handle {
  return (
    typeof handle?.useUserBuffer === 'function' &&
    typeof handle.writeBuffer === 'function' &&
    typeof handle.writev === 'function'
  );
}

function findReadProperties(socket: object): ReadProperties | undefined {
  const symbols = Object.getOwnPropertySymbols(socket);
  const buffer = symbols.find(({ description }) => description === 'kBuffer');
  const callback = symbols.find(({ description }) => description === 'kBufferCb');
  return buffer === undefined || callback === undefined ? undefined : { buffer, callback };
}

function classOf(sample: WriteRequest | null): WriteRequestClass | undefined {
  // Node 26 makes none before it has to.
  if (sample === null) return undefined;
  const Request = sample.constructor as WriteRequestClass;
  const request = new Request();
  return typeof request.getAsyncId === 'function' && request.getAsyncId() === -1 ? Request : undefined;
}

function writeError(status: number | undefined): NodeJS.ErrnoException {
  const code = status === undefined ? 'EBADF' : util.getSystemErrorName(status);
  return Object.assign(new Error(`write ${code}`), {
    code,
    syscall: 'write',
    ...(status !== undefined && { errno: status }),
  });
}
