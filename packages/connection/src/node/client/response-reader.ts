import type { Duplex } from 'node:stream';
import { type ResponseHead, ResponseHeadParser } from '@webson/handshake';
import { HandshakeError } from '../../protocol/contract/errors.js';
import { after, type Timer } from '../../time/clock.js';
import { isTls } from '../built-ins.js';
import { ChunkedDecoder } from './chunked-decoder.js';

/** Most bytes of a refusal's body that are kept. */
const BODY_LIMIT = 4096;
/** Most bytes that are read of a refusal's body, chunk headers included. */
const READ_LIMIT = 65_536;
/** Milliseconds that reading the body may take: it may never end, and the status is known already. */
const BODY_TIMEOUT = 250;

/**
 * Reads the head of the server's answer, and pauses the stream. Bytes after the head are put back into the stream, so that
 * neither they nor the end of the stream are lost, whenever somebody reads on.
 *
 * Rejects with HandshakeFailure when the head is malformed or too large, with HandshakeError when the stream ends before it, or
 * when its first bytes are those of another protocol.
 */
export function readResponseHead(socket: Duplex): Promise<ResponseHead> {
  return new Promise((resolve, reject) => {
    const parser = new ResponseHeadParser();
    let first: readonly number[] = [];
    const onData = (chunk: Uint8Array): void => {
      if (first.length < PROTOCOL_LENGTH) first = [...first, ...chunk.subarray(0, PROTOCOL_LENGTH - first.length)];
      try {
        const head = parser.push(chunk);
        if (head === undefined) return;
        socket.pause();
        if (parser.rest.length > 0) socket.unshift(parser.rest);
        resolve(head);
      } catch (error) {
        reject(otherProtocol(first) ?? error);
      }
      stop();
    };
    const onEnd = (): void => {
      reject(otherProtocol(first) ?? disconnected(socket, first.length));
      stop();
    };
    const stop = (): void => {
      socket.off('data', onData);
      socket.off('end', onEnd);
      socket.off('close', onEnd);
    };
    if (socket.destroyed || socket.readableEnded) {
      onEnd();
      return;
    }
    socket.on('data', onData);
    socket.on('end', onEnd);
    socket.on('close', onEnd);
  });
}

/** The first bytes by which other protocols are recognised. */
const PROTOCOL_LENGTH = 9;

// Says so when the server speaks another protocol than HTTP/1.1: TLS (RFC 8446 §5.1: a record with an alert) or HTTP/2 (RFC 9113
// §3.4: its preface is a SETTINGS frame of stream 0).
function otherProtocol([a, b, , type, flags, ...stream]: readonly number[]): HandshakeError | undefined {
  if (a === 0x15 && b === 0x03) {
    return new HandshakeError('TLS_MISMATCH', 'the server speaks TLS on this port: dial wss: instead of ws:');
  }
  const isSettings = a === 0 && type === 4 && flags === 0 && stream.length === 4 && stream.every((byte) => byte === 0);
  return isSettings
    ? new HandshakeError('BAD_HTTP_VERSION', 'the server answered in HTTP/2 without being asked, expected HTTP/1.1')
    : undefined;
}

function disconnected(socket: Duplex, received: number): HandshakeError {
  // Most servers that speak TLS say nothing to a client that does not.
  const mayBeTls = received === 0 && !isTls(socket);
  const mayBePlain = isTls(socket) && (socket as { secureConnecting?: boolean }).secureConnecting === true;
  const hint = mayBeTls
    ? '; if it speaks TLS on this port, dial wss: instead of ws:'
    : mayBePlain
      ? '; if the server does not speak TLS on this port, dial ws: instead of wss:'
      : '';
  return new HandshakeError('DISCONNECTED', `the server ended the connection before its answer was complete${hint}`);
}

/** Reads the beginning of a refusal's body (RFC 9112 §6.3). */
export class BodyReader {
  readonly #kept = new Uint8Array(BODY_LIMIT);
  #length = 0;
  /**
   * Resolves at the end of the body or of the stream, when as many bytes were read as are kept, or after a quarter of
   * a second. Never rejects.
   */
  readonly done: Promise<void>;
  #timer: Timer | undefined;

  constructor(socket: Duplex, { status, headers }: ResponseHead) {
    const chunked = /(^|[,\s])chunked\s*$/i.test(headers.get('transfer-encoding') ?? '')
      ? new ChunkedDecoder()
      : undefined;
    const announced = Number(headers.get('content-length') ?? Number.NaN);
    let left = chunked === undefined && announced < BODY_LIMIT ? announced : BODY_LIMIT;
    let unread = READ_LIMIT;
    this.done = new Promise((resolve) => {
      // Answers with 204 or 304 have no body (RFC 9110 §15.3.5, §15.4.5).
      if (status === 204 || status === 304 || !(left > 0) || socket.readableEnded || socket.destroyed) {
        resolve();
        return;
      }
      this.#timer = after(BODY_TIMEOUT, resolve);
      socket.on('data', (chunk: Uint8Array) => {
        unread -= chunk.length;
        for (const part of chunked === undefined ? [chunk] : chunked.push(chunk)) {
          const kept = part.subarray(0, left);
          left -= kept.length;
          this.#kept.set(kept, this.#length);
          this.#length += kept.length;
        }
        if (left === 0 || unread <= 0 || chunked?.isDone === true) resolve();
      });
      socket.on('end', resolve);
      socket.on('close', resolve);
      socket.resume();
    });
  }

  /** Cancels the timer. */
  stop(): void {
    this.#timer?.cancel();
  }

  /** The part of the body that has come so far, at most 4096 bytes. */
  get bytes(): Uint8Array {
    return this.#kept.slice(0, this.#length);
  }
}
