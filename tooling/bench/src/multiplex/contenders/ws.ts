import { once } from 'node:events';
import { type RawData, WebSocket } from 'ws';
import { listenWs } from '../../harness/ws.js';
import { Answer, type Direction, piece, type Session, toPing } from '../session.js';

/**
 * `ws` has one message at a time on a connection. Who wants more sends bulk in messages of 64 KiB, the next of each when
 * the one before it has been written: a ping waits for what is written already.
 */
export async function listen(): Promise<number> {
  const { port } = await listenWs({}, (ws) => {
    let received = 0;
    ws.on('message', (data: Buffer, isBinary) => {
      if (isBinary) received += data.length;
      else if (data.length < 10) sendBulk(ws, Number(data.toString('latin1', 4)));
      else ws.send(toPing(received));
    });
  });
  return port;
}

export async function connect(port: number): Promise<Session> {
  const ws = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  const answer = new Answer();
  let received = 0;
  ws.on('message', (data: RawData & Buffer, isBinary: boolean) => {
    if (isBinary) received += data.length;
    else answer.came(data.toString('latin1'));
  });
  await once(ws, 'open');
  let pings = 0;
  return {
    get received() {
      return received;
    },
    ping() {
      const next = answer.next();
      ws.send(toPing(++pings));
      return next;
    },
    bulk(direction: Direction, count: number) {
      if (direction === 'up') sendBulk(ws, count);
      else ws.send(`down${count}`);
    },
  };
}

function sendBulk(ws: WebSocket, count: number): void {
  const next = (error?: Error | null): void => {
    if (!error && ws.readyState === WebSocket.OPEN) ws.send(piece, next);
  };
  for (let i = 0; i < count; i++) next();
}
