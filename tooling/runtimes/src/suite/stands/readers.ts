import { MessageType } from 'webson';
import { digestOf } from '../content.js';
import type { StandMaker } from '../stand.js';
import { serving } from './serving.js';

/** Reads messages piece by piece, and tells their length and digest as a text; notes the code of what ended one early. */
export const reader: StandMaker = (options) =>
  serving(options, (ws, witness) => {
    const read = async (pieces: AsyncIterable<Uint8Array>): Promise<string> => {
      let [length, digest] = [0, 0];
      for await (const piece of pieces) {
        length += piece.length;
        digest = digestOf(piece, digest);
      }
      return JSON.stringify([length, digest]);
    };
    ws.onMessage(
      MessageType.Binary,
      async (message, adapter) => {
        try {
          adapter.dispatch(MessageType.Text, await read(message.readIter()));
        } catch (error) {
          witness.note((error as { code: string }).code);
        }
      },
      { stream: true },
    );
    ws.onMessage(MessageType.Text, (message, adapter) => void adapter.dispatch(MessageType.Text, message.text()));
  });

/** Reads the first piece of each binary message, and no more. */
export const leaver: StandMaker = (options) =>
  serving(options, (ws, witness) => {
    ws.onMessage(
      MessageType.Binary,
      async (message) => {
        for await (const piece of message.readIter()) {
          witness.note(piece.length > 0);
          break;
        }
      },
      { stream: true },
    );
    ws.onMessage(MessageType.Text, (message, adapter) => void adapter.dispatch(MessageType.Text, message.text()));
  });

/** Reads no binary message before it is told to go; then it tells the length and the digest of each. Echoes texts. */
export const staller: StandMaker = (options) => {
  let go = (): void => {};
  const gone = new Promise<void>((resolve) => {
    go = resolve;
  });
  return serving(
    options,
    (ws) => {
      ws.onMessage(
        MessageType.Binary,
        async (message, adapter) => {
          let [length, digest] = [0, 0];
          await gone;
          for await (const piece of message.readIter()) {
            length += piece.length;
            digest = digestOf(piece, digest);
          }
          adapter.dispatch(MessageType.Text, JSON.stringify([length, digest]));
        },
        { stream: true },
      );
      ws.onMessage(MessageType.Text, (message, adapter) => void adapter.dispatch(MessageType.Text, message.text()));
    },
    () => go(),
  );
};
