import type { Duplex } from 'node:stream';
import { buildRefusal } from '@webson/handshake';
import type { HandshakeError } from '../../protocol/contract/errors.js';
import { after } from '../../time/clock.js';
import { nodePlatform } from '../platform.js';
import { traceRefusal } from './trace.js';

/** Milliseconds that a refused client has to read the answer and to close its side. */
const LINGER = 1000;

/**
 * Answers an upgrade with the error's status and message, and closes the socket (RFC 6455 §4.2.2). With an error that has no
 * status the socket is destroyed without an answer, as the client has left.
 *
 * @param headers additional header fields of the answer.
 * @param answer the whole answer, in place of one with the error's status and message, and `headers`.
 * @returns the error, for the caller to throw.
 */
export function refuse(
  socket: Duplex,
  error: HandshakeError,
  headers: Readonly<Record<string, string>> = {},
  answer?: Uint8Array,
): HandshakeError {
  if (nodePlatform.trace !== undefined) traceRefusal(nodePlatform.trace, socket, error);
  // Nobody needs to know whether the answer arrives.
  socket.on('error', () => {});
  if (!socket.writable || error.status === undefined) {
    socket.destroy();
    return error;
  }
  if (answer !== undefined) socket.end(answer);
  else socket.end(buildRefusal(error.status, error.message, headers), 'latin1');
  // Bytes that the client still sends are read and dropped: the system resets a socket that is closed with unread bytes, and
  // the answer would be lost. The timer closes the socket of a client that does not close its side.
  socket.resume();
  const timer = after(LINGER, () => socket.destroy());
  socket.once('close', () => timer.cancel());
  return error;
}
