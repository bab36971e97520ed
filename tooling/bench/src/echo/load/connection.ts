import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { encode } from '../../harness/frame.js';
import { acceptFor, upgradeRequest } from '../../harness/upgrade.js';
import type { Speech } from '../contenders/index.js';
import type { PreparedFrames } from './frames.js';

/** How a connection tells the run what happened. */
export interface ConnectionEvents {
  onOpen(): void;
  /** So many more replies are here whole. */
  onReplies(count: number): void;
  /** The connection is of no more use. */
  onError(error: Error): void;
}

/** Replies are read into this one buffer by every connection of the process: each is looked at before the next read. */
const readBuffer = Buffer.allocUnsafeSlow(256 * 1024);
/** The most one read brings. */
export const longestRead: number = readBuffer.length;

/** One client: keeps `inFlight` messages under way and compares every byte that comes back with what has to come. */
export class LoadConnection {
  readonly #frames: PreparedFrames;
  readonly #events: ConnectionEvents;
  readonly #socket: Socket;
  readonly #period: number;
  readonly #key = randomBytes(16).toString('base64');
  #answer = '';
  #open = false;
  #sending = false;
  #leaving = false;
  #failed = false;
  /** Number of the next message to send, modulo their count. */
  #next = 0;
  /** Where in the period of replies the next byte belongs, and how much of a reply has come before it. */
  #place = 0;
  #partial = 0;
  /** Messages sent whose reply is not here. */
  outstanding = 0;

  constructor(port: number, speech: Speech, frames: PreparedFrames, events: ConnectionEvents) {
    this.#frames = frames;
    this.#events = events;
    this.#period = frames.count * frames.replyLength;
    this.#socket = connect({
      host: '127.0.0.1',
      port,
      noDelay: true,
      onread: { buffer: readBuffer, callback: (length) => this.#read(length) },
    });
    this.#socket.once('connect', () => {
      if (speech === 'bytes') this.#opened();
      else this.#socket.write(upgradeRequest(port, this.#key));
    });
    this.#socket.on('error', (error) => this.#fail(error.message));
    this.#socket.on('close', () => {
      if (!this.#leaving) this.#fail('the server closed the connection');
    });
  }

  /** Sends the first `count` messages; from now on every reply is followed by a new message. */
  begin(count: number): void {
    this.#sending = true;
    this.#send(count);
  }

  /** Sends nothing new. */
  finish(): void {
    this.#sending = false;
  }

  /** Says goodbye, without waiting for the answer for long. */
  leave(): void {
    this.#leaving = true;
    if (this.#open) this.#socket.write(encode(Uint8Array.of(0x03, 0xe8), randomBytes(4), 8));
    this.#socket.end();
    setTimeout(() => this.#socket.destroy(), 500).unref();
  }

  #send(count: number): void {
    const { requests, count: period } = this.#frames;
    this.#socket.write(requests(this.#next, count));
    this.outstanding += count;
    this.#next = (this.#next + count) % period;
  }

  #read(length: number): boolean {
    if (this.#leaving) return true;
    if (!this.#open) return this.#shake(length);
    return this.#check(0, length);
  }

  /** Compares and counts what lies in the read buffer. */
  #check(start: number, end: number): boolean {
    const { replies, replyLength } = this.#frames;
    const place = this.#place;
    const length = end - start;
    if (replies.compare(readBuffer, start, end, place, place + length) !== 0) return this.#differs(start, end);
    this.#place = (place + length) % this.#period;
    const bytes = this.#partial + length;
    const whole = Math.floor(bytes / replyLength);
    this.#partial = bytes - whole * replyLength;
    if (whole > this.outstanding) return this.#fail('more came back than was sent');
    this.outstanding -= whole;
    if (whole > 0) {
      this.#events.onReplies(whole);
      if (this.#sending) this.#send(whole);
    }
    return true;
  }

  /** What differs may be a Ping between two replies, which is answered (RFC 6455 §5.5.2); all else is damage. */
  #differs(start: number, end: number): boolean {
    const { replies, replyLength } = this.#frames;
    const shift = this.#place - start;
    let at = start;
    while (at < end && readBuffer[at] === replies[shift + at]) at++;
    const offset = (shift + at) % replyLength;
    const pingEnd = at + 2 + (readBuffer[at + 1] ?? 0);
    if (offset === 0 && readBuffer[at] === 0x89 && at + 2 <= end && pingEnd <= end) {
      this.#socket.write(encode(readBuffer.subarray(at + 2, pingEnd), randomBytes(4), 10));
      return (at === start || this.#check(start, at)) && (pingEnd === end || this.#check(pingEnd, end));
    }
    const found = readBuffer[at]?.toString(16);
    const wanted = replies[shift + at]?.toString(16);
    return this.#fail(`byte ${offset} of a reply is 0x${found} instead of 0x${wanted}`);
  }

  #shake(length: number): boolean {
    this.#answer += readBuffer.toString('latin1', 0, length);
    const end = this.#answer.indexOf('\r\n\r\n');
    if (end < 0) return true;
    const lines = this.#answer.split('\r\n');
    if (!lines[0]?.startsWith('HTTP/1.1 101 ')) return this.#fail(`handshake: ${lines[0]}`);
    const found = lines.find((line) => line.toLowerCase().startsWith('sec-websocket-accept:'));
    if (found?.slice(21).trim() !== acceptFor(this.#key)) return this.#fail('handshake: Sec-WebSocket-Accept is wrong');
    if (this.#answer.length > end + 4) return this.#fail('the server speaks before it is spoken to');
    this.#opened();
    return true;
  }

  #opened(): void {
    this.#open = true;
    this.#events.onOpen();
  }

  /** Reports once, then is silent. */
  #fail(reason: string): false {
    this.#leaving = true;
    this.#socket.destroy();
    if (!this.#failed) {
      this.#failed = true;
      this.#events.onError(new Error(reason));
    }
    return false;
  }
}
