import { MessageType } from 'webson';
import { bytesOf, piecesOf } from '../content.js';
import type { StandMaker } from '../stand.js';
import { echoing, serving } from './serving.js';

/** Sends back each message, whole. */
export const echo: StandMaker = (options) => serving(options, (ws) => echoing(ws, options.types));

/** Sends back each message while it arrives. */
export const relay: StandMaker = (options) =>
  serving(options, (ws) => {
    for (const type of [MessageType.Text, MessageType.Binary]) {
      ws.onMessage(type, (message, adapter) => adapter.dispatchReader(type, message.readIter()), { stream: true });
    }
  });

/** Closes with the code and the reason that a text asks for. */
export const leaving: StandMaker = (options) =>
  serving(options, (ws) => {
    ws.onMessage(MessageType.Text, (message, adapter) => {
      const [code, reason] = message.json() as [number, string];
      if (code === 0) adapter.terminate();
      else adapter.close(code, reason);
    });
  });

/** What a client may order of `push`. */
export interface Push {
  readonly count: number;
  readonly length: number;
  /** Sends each piece by piece. */
  readonly byPiece?: boolean;
}

/** Sends as many messages as a text asks for: the bytes of the seeds 0, 1, 2 and so on. Notes what could not be sent. */
export const push: StandMaker = (options) =>
  serving(options, (ws, witness) => {
    ws.onMessage(MessageType.Text, (order, adapter) => {
      const { count, length, byPiece } = order.json() as Push;
      for (let seed = 0; seed < count; seed++) {
        const bytes = bytesOf(seed, length);
        if (byPiece !== true) adapter.dispatch(MessageType.Binary, bytes);
        else {
          adapter
            .dispatchReader(MessageType.Binary, piecesOf(bytes, 10_000))
            .catch(({ code }: { code: string }) => witness.note(code));
        }
      }
    });
  });

/** Sends a text each turn, until it is closed. */
export const ticking: StandMaker = (options) =>
  serving(options, async (ws) => {
    ws.onReady(async (adapter) => {
      for (let tick = 0; adapter.status === 0; tick++) {
        adapter.dispatch(MessageType.Text, String(tick));
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    });
  });

/** Tells, as a text, the fields that came with the request, and its sub-protocol. */
export const fields: StandMaker = (options) =>
  serving(
    { ...options, serve: { ...options.serve, authorize: ({ headers }) => headers.get('x-suite') as never } },
    (ws) => {
      ws.onReady((adapter) => adapter.dispatch(MessageType.Text, JSON.stringify([ws.data ?? null, ws.protocol])));
    },
  );

/** Throws, or rejects, when a text says so, and sends back other texts. */
export const throwing: StandMaker = (options) =>
  serving(options, (ws) => {
    ws.onMessage(MessageType.Text, (message, adapter) => {
      const text = message.text();
      if (text === 'throw') throw new Error(text);
      if (text === 'reject') return Promise.reject(new Error(text));
      return void adapter.dispatch(MessageType.Text, text);
    });
  });
