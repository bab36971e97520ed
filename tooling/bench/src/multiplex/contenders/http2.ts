import { once } from 'node:events';
import { connect as connectHttp2, createServer, type Http2Stream } from 'node:http2';
import { listen as listenTo } from '../../harness/servers.js';
import { Answer, type Direction, PING_LENGTH, piece, type Session, toPing } from '../session.js';

/** With the 64 KiB of the RFC bulk stands still most of the time. */
const STREAM_WINDOW = 1024 * 1024;
const SESSION_WINDOW = 8 * 1024 * 1024;

/** HTTP/2 as Node has it: a stream for each bulk message, and a stream that lasts for all pings. */
export async function listen(): Promise<number> {
  const server = createServer({ settings: { initialWindowSize: STREAM_WINDOW } });
  let received = 0;
  server.on('session', (session) => session.setLocalWindowSize(SESSION_WINDOW));
  server.on('sessionError', () => {});
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    stream.respond({ ':status': 200 });
    const path = headers[':path'];
    if (path === '/down') sendBulk(stream);
    else if (path === '/up') stream.on('data', (chunk: Buffer) => (received += chunk.length));
    else onPing(stream, () => stream.write(toPing(received)));
  });
  return await listenTo(server);
}

export async function connect(port: number): Promise<Session> {
  const session = connectHttp2(`http://127.0.0.1:${port}`, { settings: { initialWindowSize: STREAM_WINDOW } });
  await once(session, 'connect');
  session.setLocalWindowSize(SESSION_WINDOW);
  const answer = new Answer();
  const pinging = session.request({ ':method': 'POST', ':path': '/ping' });
  onPing(pinging, (text) => answer.came(text));
  let pings = 0;
  let received = 0;
  return {
    get received() {
      return received;
    },
    ping() {
      const next = answer.next();
      pinging.write(toPing(++pings));
      return next;
    },
    bulk(direction: Direction, count: number) {
      for (let i = 0; i < count; i++) {
        const stream = session.request({ ':method': 'POST', ':path': `/${direction}` });
        stream.on('data', (chunk: Buffer) => (received += chunk.length));
        if (direction === 'up') sendBulk(stream);
      }
    },
  };
}

function sendBulk(stream: Http2Stream): void {
  const more = (): void => {
    while (!stream.destroyed && stream.write(piece));
  };
  stream.on('drain', more);
  more();
}

function onPing(stream: Http2Stream, action: (text: string) => void): void {
  let text = '';
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    if (text.length < PING_LENGTH) return;
    action(text);
    text = '';
  });
}
