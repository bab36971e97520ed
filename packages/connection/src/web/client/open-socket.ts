import { redacted } from '../../application/redacted.js';
import { toError } from '../../application/thrown.js';
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
 * sent than the network takes. The inner protocol does not need it, because its windows bound what is unread. Which classes there
 * are is looked up at every call, because a test may replace them.
 *
 * Rejects with HandshakeError `CONNECT_FAILED` when it cannot be opened, and as `attempt` does.
 */
export async function openSocket(url: string, protocols: readonly string[], attempt: Attempt): Promise<OpenSocket> {
  const { WebSocket, WebSocketStream, TextEncoder, TextDecoder } = globalThis as WebSocketGlobals;
  if (WebSocketStream === undefined && WebSocket === undefined) {
    throw new HandshakeError(
      'NO_WEBSOCKET',
      'this platform has no WebSocket: neither a global of that name, nor WebSocketStream',
    );
  }
  if (TextEncoder === undefined || TextDecoder === undefined) {
    throw new HandshakeError(
      'NO_TEXT_ENCODING',
      'this platform has no TextEncoder and TextDecoder, which messages need: load a polyfill, or take those of `node:util` where Node is',
    );
  }
  if (WebSocket !== undefined) {
    const socket = made(() => new WebSocket(url, protocols));
    return await openClassic(url, socket, attempt);
  }
  const stream = made(() => new WebSocketStream!(url, { protocols }));
  return await openStream(url, stream, attempt);
}

// A page that came by `https:` may not open `ws:`, for example, and a stand-in for tests may lack what is used here.
function made<T>(make: () => T): T {
  try {
    return make();
  } catch (cause) {
    const { message } = toError(cause);
    throw new HandshakeError('CONNECT_FAILED', `the WebSocket of this platform refuses: ${message}`, {}, { cause });
  }
}

async function openStream(url: string, stream: WebSocketStreamLike, attempt: Attempt): Promise<OpenSocket> {
  const opening = made(() => {
    // A rejection is reported by `opened`.
    stream.closed.catch(() => {});
    return stream.opened.then(
      (opened) => ({ carrier: new StreamCarrier(stream, opened), protocol: opened.protocol }),
      (cause: unknown) => {
        throw unreachable(url, cause);
      },
    );
  });
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
    made(() => {
      socket.addEventListener('open', () => {
        resolve({ carrier: new SocketCarrier(socket), protocol: socket.protocol ?? '' });
      });
      socket.addEventListener('error', (event) => reject(unreachable(url, event)));
      socket.addEventListener('close', (event) => reject(unreachable(url, event)));
    });
  });
  try {
    return await attempt.wait(opening);
  } catch (error) {
    closeQuietly(socket);
    // One that cannot be closed before may still open.
    opening.then(({ carrier }) => carrier.destroy()).catch(() => {});
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
  const certificate = url.startsWith('wss:') ? 'the certificate is not trusted, ' : '';
  const message = `cannot connect to ${redacted(url)}: nobody listens there, ${certificate}or the server refuses: nothing is at this path, its \`origins\` may not list this page, \`authorize\` does not let it in, or it takes none of the sub-protocols; its log, or the network panel of the browser, says which`;
  return new HandshakeError('CONNECT_FAILED', message, {}, { cause });
}
