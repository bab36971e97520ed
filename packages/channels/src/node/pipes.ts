import type { Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { Channel } from './channel.js';

/**
 * Passes the bytes of a socket on to a channel and back, until both directions have ended. An end of one side is an end on the
 * other; whatever else happens to one of them ends the other: a socket is reset.
 *
 * Never rejects.
 */
export async function pipeBoth(socket: Socket, channel: Channel): Promise<void> {
  // These come before the listeners of the pipelines, which would end the socket as if nothing had happened.
  channel.once('error', () => reset(socket));
  channel.once('close', () => {
    if (!channel.readableEnded || !channel.writableFinished) reset(socket);
  });
  try {
    await pipeline(socket, channel, socket);
  } catch {
    channel.destroy();
    socket.destroy();
  }
}

/** Ends a socket in a way that nobody takes for the end of its bytes, where there is one: a unix socket cannot be reset. */
export function reset(socket: Socket): void {
  if (socket.remoteFamily === undefined) socket.destroy();
  else socket.resetAndDestroy();
}
