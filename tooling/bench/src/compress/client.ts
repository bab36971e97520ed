import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { constants, createInflateRaw, inflateRawSync } from 'node:zlib';
import { encode } from '../harness/frame.js';
import { upgradeRequest } from '../harness/upgrade.js';
import type { Kind } from './job.js';
import type { PreparedMessages } from './messages.js';

const FIN_RSV1_TEXT = 0xc1;
const FIN_TEXT = 0x81;
const FIN_PING = 0x89;
const TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff]);
const KEY = randomBytes(16).toString('base64');

/** A masked text frame with RSV1 around a payload. */
export function compressedFrame(payload: Uint8Array): Buffer {
  return encode(payload, randomBytes(4), FIN_RSV1_TEXT & 0x7f);
}

/** A masked text frame. */
export function plainFrame(payload: Uint8Array): Buffer {
  return encode(payload, randomBytes(4), FIN_TEXT & 0x7f);
}

/** What a client tells the load. */
export interface ClientEvents {
  onOpen(): void;
  onReply(bytes: number): void;
  onError(error: Error): void;
}

/** Replies seen before and found right, by message: what is equal to them need not be inflated again. */
export type KnownReplies = Map<number, Buffer>;

/** A connection with permessage-deflate that sends messages prepared before and checks each that comes back. */
export class DeflateClient {
  outstanding = 0;
  readonly #socket: Socket;
  readonly #prepared: PreparedMessages;
  readonly #kind: Kind;
  readonly #known: KnownReplies;
  readonly #events: ClientEvents;
  readonly #inflate: Inflate | undefined;
  #sent = 0;
  #read = 0;
  #rest: Buffer = Buffer.alloc(0);
  #isOpen = false;
  #isSending = false;
  #isOver = false;

  /** @param known for all clients: without takeover equal messages are equal on the wire, so they are inflated once. */
  constructor(port: number, kind: Kind, prepared: PreparedMessages, known: KnownReplies, events: ClientEvents) {
    this.#kind = kind;
    this.#prepared = prepared;
    this.#known = known;
    this.#events = events;
    this.#inflate = kind === 'takeover' ? new Inflate() : undefined;
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.#socket.once('connect', () => this.#socket.write(request(port, kind)));
    this.#socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    this.#socket.on('error', (error) => this.#fail(error.message));
    this.#socket.on('close', () => this.#fail('the server closed the connection'));
  }

  /** Sends `count` messages; from now on every reply is followed by a new one, unless it is told to stop. */
  begin(count: number, isEndless = true): void {
    this.#isSending = isEndless;
    for (let i = 0; i < count; i++) this.#send();
  }

  finish(): void {
    this.#isSending = false;
  }

  leave(): void {
    this.#isOver = true;
    this.#socket.destroy();
  }

  #send(): void {
    const { first, next } = this.#prepared;
    const frames = this.#sent < first.length ? first : next;
    this.#socket.write(frames[this.#sent % first.length]!);
    this.#sent++;
    this.outstanding++;
  }

  #onData(chunk: Buffer): void {
    if (this.#isOver) return;
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = this.#isOpen ? 0 : this.#shake(bytes);
    for (let end = frameEnd(bytes, at); this.#isOpen && end <= bytes.length; end = frameEnd(bytes, at)) {
      // Pings go without an answer: nobody here lives long enough to be missed.
      if (bytes[at] === FIN_PING) {
        at = end;
        continue;
      }
      if (bytes[at] !== (this.#kind === 'plain' ? FIN_TEXT : FIN_RSV1_TEXT)) {
        this.#fail(`a reply begins with 0x${bytes[at]?.toString(16)}`);
        return;
      }
      const payload = bytes.subarray(at + headerLength(bytes, at), end);
      at = end;
      if (!this.#isRight(payload)) {
        this.#fail('a reply is not what was sent');
        return;
      }
      this.outstanding--;
      this.#events.onReply(payload.length);
      if (this.#isSending) this.#send();
    }
    this.#rest = bytes.subarray(at);
  }

  #isRight(payload: Buffer): boolean {
    const index = this.#read++ % this.#prepared.messages.length;
    const message = this.#prepared.messages[index]!;
    if (this.#inflate !== undefined) return message.equals(this.#inflate.message(payload, message.length));
    if (this.#kind === 'plain') return message.equals(payload);
    if (this.#known.get(index)?.equals(payload) === true) return true;
    const inflated = inflateRawSync(Buffer.concat([payload, TAIL]), { finishFlush: constants.Z_SYNC_FLUSH });
    this.#known.set(index, Buffer.from(payload));
    return message.equals(inflated);
  }

  #shake(bytes: Buffer): number {
    const end = bytes.indexOf('\r\n\r\n');
    if (end < 0) return 0;
    const head = bytes.toString('latin1', 0, end);
    const extension = /^sec-websocket-extensions: *(.*)$/im.exec(head)?.[1] ?? '';
    const isFresh = extension.includes('_no_context_takeover');
    const agreed = extension === '' ? 'plain' : isFresh ? 'fresh' : 'takeover';
    if (!head.startsWith('HTTP/1.1 101 ') || agreed !== this.#kind) {
      this.#fail(`handshake: ${head}`);
      return bytes.length;
    }
    this.#isOpen = true;
    this.#events.onOpen();
    return end + 4;
  }

  #fail(reason: string): void {
    if (this.#isOver) return;
    this.leave();
    this.#events.onError(new Error(reason));
  }
}

function headerLength(bytes: Buffer, at: number): number {
  const length = bytes[at + 1] ?? 0;
  return length < 126 ? 2 : length === 126 ? 4 : 10;
}

function frameEnd(bytes: Buffer, at: number): number {
  const header = headerLength(bytes, at);
  if (bytes.length < at + Math.max(header, 2)) return Number.POSITIVE_INFINITY;
  if (header === 4) return at + 4 + bytes.readUInt16BE(at + 2);
  if (header === 10) return at + 10 + Number(bytes.readBigUInt64BE(at + 2));
  return at + 2 + (bytes[at + 1] ?? 0);
}

function request(port: number, kind: Kind): string {
  const parameters = kind === 'fresh' ? '; server_no_context_takeover; client_no_context_takeover' : '';
  return upgradeRequest(
    port,
    KEY,
    kind === 'plain' ? [] : [`Sec-WebSocket-Extensions: permessage-deflate${parameters}`],
  );
}

/** Inflates messages that refer to each other, at once: by what is inside of zlib's stream, which Node does not document. */
class Inflate {
  readonly #stream: ZlibStream;

  constructor() {
    this.#stream = createInflateRaw() as unknown as ZlibStream;
  }

  message(payload: Buffer, length: number): Buffer {
    const output = Buffer.allocUnsafe(length + 64);
    const input = Buffer.concat([payload, TAIL]);
    this.#stream._handle.writeSync(constants.Z_SYNC_FLUSH, input, 0, input.length, output, 0, output.length);
    return output.subarray(0, output.length - (this.#stream._writeState[0] ?? 0));
  }
}

interface ZlibStream {
  readonly _handle: Handle;
  readonly _writeState: Uint32Array;
}

interface Handle {
  writeSync(flush: number, input: Buffer, at: number, length: number, output: Buffer, to: number, room: number): void;
}
