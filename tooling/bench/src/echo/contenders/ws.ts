import type { IncomingMessage } from 'node:http';
import type { RunningServer } from '../../harness/servers.js';
import { listenWs } from '../../harness/ws.js';

/** `ws` as its README writes an echo server. */
export function startPlain(): Promise<RunningServer> {
  return listenWs({}, (ws) => {
    ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary }));
  });
}

/** `ws` as its README reads text. */
export function startText(): Promise<RunningServer> {
  return listenWs({}, (ws) => {
    ws.on('message', (data) => ws.send(data.toString()));
  });
}

/** `ws` as somebody writes it who knows that every message costs a write: corked until the end of the turn. */
export function startCorked(): Promise<RunningServer> {
  return listenWs({}, (ws, request) => {
    const cork = corkOncePerTurn(request);
    ws.on('message', (data, isBinary) => {
      cork();
      ws.send(data, { binary: isBinary });
    });
  });
}

/** The same for text that is decoded and encoded again. */
export function startCorkedText(): Promise<RunningServer> {
  return listenWs({}, (ws, request) => {
    const cork = corkOncePerTurn(request);
    ws.on('message', (data) => {
      cork();
      ws.send(data.toString());
    });
  });
}

function corkOncePerTurn({ socket }: IncomingMessage): () => void {
  let isCorked = false;
  const uncork = (): void => {
    isCorked = false;
    socket.uncork();
  };
  return () => {
    if (isCorked) return;
    isCorked = true;
    socket.cork();
    setImmediate(uncork);
  };
}
