import { redacted } from '../../application/redacted.js';
import type { MessageCarrier } from '../../inner/message-carrier.js';
import { HandshakeError } from '../../protocol/contract/errors.js';
import type { Attempt } from '../../time/attempt.js';
import { SocketCarrier } from '../socket/socket-carrier.js';
import { StreamCarrier } from '../socket/stream-carrier.js';
import type { WebSocketGlobals, WebSocketLike, WebSocketStreamLike } from '../socket/web-sockets.js';

/** An open WebSocket of the platform. */
export interface OpenSocket {
  readonly carrier: MessageCarrier;
  /** The sub-protocol that the server took; '' for none. */
  readonly protocol: string;
}

/**
 * Opens a WebSocket of the platform, or a WebSocketStream where there is nothing else. Only the latter can be paused; but a page of
 * Chromium (seen in 156) crashes when a connection breaks while a write to its WebSocketStream is pending, which is whenever more is
 * sent than the network takes. The inner protocol does not need it, because its windows bound what is unread.
 *
 * Rejects with HandshakeError `CONNECT_FAILED` when it cannot be opened, and as `attempt` does.
 */
export function openSocket(url: string, protocols: readonly string[], attempt: Attempt): Promise<OpenSocket> {
  const { WebSocket, WebSocketStream } = globalThis as WebSocketGlobals;
  if (WebSocket !== undefined) return openClassic(url, new WebSocket(url, protocols), attempt);
  if (WebSocketStream !== undefined) return openStream(url, new WebSocketStream(url, { protocols }), attempt);
  throw new HandshakeError(
    'NO_WEBSOCKET',
    'this platform has no WebSocket: neither a global of that name, nor WebSocketStream',
  );
}

async function openStream(url: string, stream: WebSocketStreamLike, attempt: Attempt): Promise<OpenSocket> {
  // A rejection is reported by `opened`.
  stream.closed.catch(() => {});
  const opening = stream.opened.then(
    (opened) => ({ carrier: new StreamCarrier(stream, opened), protocol: opened.protocol }),
    (cause: unknown) => {
      throw unreachable(url, cause);
    },
  );
  try {
    return await attempt.wait(opening);
  } catch (error) {
    // An attempt that is given up may still open a socket.
    opening.then(({ carrier }) => carrier.destroy()).catch(() => {});
    closeQuietly(stream);
    throw error;
  }
}

async function openClassic(url: string, socket: WebSocketLike, attempt: Attempt): Promise<OpenSocket> {
  const opening = new Promise<OpenSocket>((resolve, reject) => {
    socket.addEventListener('open', () => {
      resolve({ carrier: new SocketCarrier(socket), protocol: socket.protocol });
    });
    socket.addEventListener('error', (event) => reject(unreachable(url, event)));
    socket.addEventListener('close', (event) => reject(unreachable(url, event)));
  });
  try {
    return await attempt.wait(opening);
  } catch (error) {
    closeQuietly(socket);
    throw error;
  }
}

function closeQuietly(socket: { close(): void }): void {
  try {
    socket.close();
  } catch {
    // A socket that is not open yet may refuse to be closed.
  }
}

// A platform does not tell a page why it could not connect.
function unreachable(url: string, cause: unknown): HandshakeError {
  const message = `cannot connect to ${redacted(url)}: nobody listens there, the certificate is not trusted, or the server refuses: its \`origins\` may not list this page, or it takes none of the sub-protocols`;
  return new HandshakeError('CONNECT_FAILED', message, {}, { cause });
}
