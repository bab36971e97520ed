import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { encode } from '../harness/frame.js';
import { acceptFor, upgradeRequest } from '../harness/upgrade.js';

/** One message and the answer to it, whole frames. */
export interface Exchange {
  readonly request: Buffer;
  readonly reply: Buffer;
}

/** Messages of `size` random bytes, enough that a wrong answer is not the right one by chance. */
export function prepareExchanges(size: number): Exchange[] {
  return Array.from({ length: 251 }, () => {
    const payload = randomBytes(size);
    return { request: encode(payload, randomBytes(4)), reply: encode(payload) };
  });
}

// Any nonce does (RFC 6455 §4.1); with one for all, the answer is known before the clock starts.
const key = randomBytes(16).toString('base64');
const accept = acceptFor(key);
const normalClose = Buffer.from([0x03, 0xe8]);
const closeRequest = encode(normalClose, randomBytes(4), 8);
const closeReply = encode(normalClose, undefined, 8);
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024);
/** How long one may take, in ms. */
const patience = 20_000;

/**
 * Opens a connection, has one message echoed, and closes it with a handshake at which every byte after the HTTP answer is
 * compared. `done` is called once, with an error if anything was not as it has to be, after the server has closed.
 *
 * @param source the address to come from: one has only so many ports.
 */
export function visit(
  port: number,
  exchange: Exchange,
  source: string | undefined,
  done: (error?: Error) => void,
): void {
  const expected = Buffer.concat([exchange.reply, closeReply]);
  let answer = '';
  let isOpen = false;
  let got = 0;
  let isOver = false;
  const finish = (reason?: string): false => {
    if (isOver) return false;
    isOver = true;
    clearTimeout(timer);
    if (reason !== undefined) socket.destroy();
    done(reason === undefined ? undefined : new Error(reason));
    return false;
  };
  const shake = (length: number): boolean => {
    answer += readBuffer.toString('latin1', 0, length);
    const end = answer.indexOf('\r\n\r\n');
    if (end < 0) return true;
    if (!answer.startsWith('HTTP/1.1 101 ')) return finish(`handshake: ${answer.slice(0, answer.indexOf('\r\n'))}`);
    const found = /^sec-websocket-accept:\s*(\S+)/im.exec(answer)?.[1];
    if (found !== accept) return finish('handshake: Sec-WebSocket-Accept is wrong');
    if (answer.length > end + 4) return finish('the server speaks before it is spoken to');
    isOpen = true;
    socket.write(exchange.request);
    return true;
  };
  const read = (length: number): boolean => {
    if (!isOpen) return shake(length);
    const end = got + length;
    if (end > expected.length || expected.compare(readBuffer, 0, length, got, end) !== 0) {
      return finish(got < exchange.reply.length ? 'the echo is wrong' : 'the Close frame is wrong');
    }
    const isEchoed = got < exchange.reply.length && end >= exchange.reply.length;
    got = end;
    if (isEchoed) socket.write(closeRequest);
    return true;
  };
  const socket = connect({
    host: '127.0.0.1',
    port,
    noDelay: true,
    ...(source !== undefined && { localAddress: source }),
    onread: { buffer: readBuffer, callback: read },
  });
  const timer = setTimeout(() => finish(`not done within ${patience} ms`), patience);
  socket.once('connect', () => socket.write(upgradeRequest(port, key)));
  socket.on('error', (error) => finish(error.message));
  socket.once('close', () => finish(got === expected.length ? undefined : 'the server closed the connection early'));
}
