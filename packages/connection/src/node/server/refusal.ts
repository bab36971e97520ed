import type { Duplex } from 'node:stream';
import { buildRefusal } from '@webson/handshake';
import type { HandshakeError } from '../../protocol/contract/errors.js';
import { after } from '../../time/clock.js';

/** Milliseconds that a client that was refused has to read why and to close its side. */
const LINGER = 1000;

/**
 * Answers an upgrade with the error's status and message, and closes the socket (RFC 6455 §4.2.2). An error without a
 * status says that nobody is there to be answered.
 *
 * @param headers fields that belong into the answer.
 * @returns the error, to be thrown.
 */
export function refuse(
  socket: Duplex,
  error: HandshakeError,
  headers: Readonly<Record<string, string>> = {},
): HandshakeError {
  // What becomes of the answer is of no interest to anyone.
  socket.on('error', () => {});
  if (!socket.writable || error.status === undefined) {
    socket.destroy();
    return error;
  }
  socket.end(buildRefusal(error.status, error.message, headers), 'latin1');
  // What the client still sends is read and dropped: a socket closed with unread bytes would be reset, and the answer
  // be lost. A client that does not close its side must not keep the socket.
  socket.resume();
  const timer = after(LINGER, () => socket.destroy());
  socket.once('close', () => timer.cancel());
  return error;
}
