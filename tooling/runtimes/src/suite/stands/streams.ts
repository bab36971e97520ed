import { createServer } from 'node:http';
import { toDuplex, toStreams } from 'webson';
import type { StandMaker } from '../stand.js';
import { serving } from './serving.js';

/** Sends back bytes as a stream of Node, and ends behind the end of its client. */
export const duplex: StandMaker = (options) =>
  serving(options, (ws, witness) => {
    const stream = toDuplex(ws);
    stream.on('error', (error) => witness.hear(error));
    stream.pipe(stream);
  });

/** Sends back bytes as web streams. */
export const streams: StandMaker = (options) =>
  serving(options, (ws, witness) => {
    const { readable, writable } = toStreams(ws);
    readable.pipeTo(writable).catch((error: unknown) => witness.hear(error));
  });

/** Takes messages in a loop, sends them back, and leaves the loop at the text `leave`. */
export const looping: StandMaker = (options) =>
  serving(options, async (ws, witness) => {
    try {
      for await (const message of ws) {
        if (message.text() === 'leave') break;
        ws.dispatch(message.type, message.text());
      }
      witness.note('over');
    } catch (error) {
      witness.hear(error);
    }
  });

/** Serves a page over each connection. */
export const hosting: StandMaker = (options) => {
  const pages = createServer((_request, response) => response.end('a page, over a WebSocket'));
  return serving(options, (ws) => pages.emit('connection', toDuplex(ws)));
};
