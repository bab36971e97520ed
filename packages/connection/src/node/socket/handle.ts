import type { Socket } from 'node:net';
import { isTls, net, util } from '../built-ins.js';
import { allocate } from './allocator.js';
import { CHUNK_LENGTH, nodeScanner } from './scanner/scanner.js';

/** Node's object for one write to a handle. */
interface WriteRequest {
  /** -1 while no write of this request is pending. */
  getAsyncId(): number;
  oncomplete?: (status: number) => void;
  /** The memory being written, which has to stay alive as long as the request. */
  parts?: readonly Uint8Array[];
}

type WriteRequestClass = new () => WriteRequest;

/** The undocumented object under a socket of Node. */
interface Handle {
  useUserBuffer(buffer: Uint8Array): unknown;
  writeBuffer(request: WriteRequest, bytes: Uint8Array): number | undefined;
  writev(request: WriteRequest, parts: readonly Uint8Array[], areBuffers: true): number | undefined;
}

/** The properties in which Node keeps the values of a socket's option `onread`. */
interface ReadProperties {
  readonly buffer: symbol;
  readonly callback: symbol;
}

type Opaque = Record<symbol, unknown> & { _handle?: Partial<Handle> | null };

/** All sockets are read into this one buffer: the receiver of bytes is done with them when its call returns. */
let readBuffer: Uint8Array | undefined;
let readProperties: ReadProperties | undefined;
let WriteRequest: WriteRequestClass | undefined;
// A write of Node was observed. When it was not as expected, `WriteRequest` stays unset and all writes go through the stream.
let hasObservedWrite = false;
// A request without a pending write, to be used for the next one.
let spareRequest: WriteRequest | undefined;

/**
 * Reads and writes a socket through the handle under it. Bytes are read into one buffer for all sockets, and written without the
 * stream in between. Events, `pause`, `resume`, `end` and `destroy` remain those of the socket.
 *
 * Node documents a part of this only (the option `onread`, for sockets that connect), so nothing else is taken for granted: the
 * methods of the handle, the properties and the class of write requests are each checked before they are used. Deno 2.9 has the same
 * methods and properties, but tells nobody whether a write is pending: bytes are read there through the handle, and written through
 * the stream. Sockets of Bun have no such handle.
 *
 * Invariants:
 * - At most one write is pending on a handle.
 * - The memory of a pending write is kept alive by its request.
 * - Memory given to `onRead` is valid during the call only.
 */
export class SocketHandle {
  readonly #socket: Socket;
  readonly #handle: Handle;
  // Called when the system has taken a write that it did not take at once.
  readonly #onDrain: () => void;
  readonly #onComplete = (status: number): void => {
    // For bytes that a destroyed socket drops, Node calls back as if they were written.
    if (this.#socket.destroyed) return;
    if (status < 0) this.#socket.destroy(writeError(status));
    else this.#onDrain();
  };

  private constructor(socket: Socket, handle: Handle, onDrain: () => void) {
    this.#socket = socket;
    this.#handle = handle;
    this.#onDrain = onDrain;
  }

  /** The handle under `stream`; undefined when that is no TCP or unix socket, or lacks the methods that are needed. */
  static of(stream: unknown, onDrain: () => void): SocketHandle | undefined {
    if (!(stream instanceof net.Socket) || isTls(stream)) return undefined;
    const handle = (stream as unknown as Opaque)._handle;
    if (!isHandle(handle)) return undefined;
    return new SocketHandle(stream, handle, onDrain);
  }

  /**
   * Calls `onRead` with incoming bytes from now on, instead of the event `data`. The memory is valid during the call only. The
   * stream must not hold any bytes. Returns false when this version of Node or Deno does not support it.
   */
  readInto(onRead: (bytes: Uint8Array) => void): boolean {
    const socket = this.#socket as unknown as Opaque;
    readProperties ??= findReadProperties(socket);
    if (this.#socket.destroyed || readProperties === undefined || socket[readProperties.buffer] !== null) return false;
    readBuffer ??= createReadBuffer();
    const buffer = readBuffer;
    const memory = buffer.buffer;
    try {
      this.#handle.useUserBuffer(buffer);
    } catch {
      // Earlier versions of Deno have this method, and throw that it is not implemented.
      return false;
    }
    socket[readProperties.buffer] = buffer;
    socket[readProperties.callback] = (length: number): boolean => {
      onRead(new Uint8Array(memory, 0, length));
      return true;
    };
    return true;
  }

  /** True when `write` can be used: after `observeWrite` has seen a first write of any socket. */
  get canWrite(): boolean {
    return WriteRequest !== undefined;
  }

  /** Calls `write`, which writes one part to the stream, and observes the class of Node's write requests. */
  observeWrite(write: () => void): void {
    if (hasObservedWrite) {
      write();
      return;
    }
    const handle = this.#handle;
    const { writeBuffer } = handle;
    handle.writeBuffer = (request, bytes) => {
      WriteRequest ??= classOf(request);
      hasObservedWrite = true;
      return writeBuffer.call(handle, request, bytes);
    };
    try {
      write();
    } finally {
      Reflect.deleteProperty(handle, 'writeBuffer');
    }
  }

  /** Writes the parts. No write may be pending. Returns false when this one is pending: `onDrain` is called at its end. */
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

/** The counters of the handle under a stream. With TLS, `_parent` is the handle of the TCP socket. */
interface Counts {
  readonly bytesRead?: unknown;
  readonly bytesWritten?: unknown;
  readonly writeQueueSize?: unknown;
  readonly _parent?: Counts | null;
}

/** Bytes written to `stream` that the system has taken, counted after encryption; undefined when Node does not tell. */
export function bytesTakenFrom(stream: object): number | undefined {
  const handle = (stream as { _handle?: Counts | null })._handle;
  const { bytesWritten, writeQueueSize } = handle?._parent ?? handle ?? {};
  if (typeof bytesWritten !== 'number' || typeof writeQueueSize !== 'number') return undefined;
  return bytesWritten - writeQueueSize;
}

/** Encrypted bytes that a TLS `stream` has received from the system; undefined without TLS, or when Node does not tell. */
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
  // Node 26 creates a request only when a write is pending.
  if (sample === null) return undefined;
  const Request = sample.constructor as WriteRequestClass;
  try {
    // On Deno requests have no number, and asking for it throws.
    return new Request().getAsyncId() === -1 ? Request : undefined;
  } catch {
    return undefined;
  }
}

function writeError(status: number | undefined): NodeJS.ErrnoException {
  const code = status === undefined ? 'EBADF' : util.getSystemErrorName(status);
  return Object.assign(new Error(`write ${code}`), {
    code,
    syscall: 'write',
    ...(status !== undefined && { errno: status }),
  });
}
