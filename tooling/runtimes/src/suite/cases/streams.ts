import { dial, type Message, MessageType, Status, toStreams } from 'webson';
import type { Case } from '../case.js';
import { holds, rejects, same, until, within } from '../claim.js';
import { bytesOf, digestOf, piecesOf } from '../content.js';
import type { Push } from '../stands/messages.js';
import { Talk } from '../talk.js';

const KIB = 1024;
const ON = { enableStreams: true } as const;

/** Messages that travel beside each other, and are read while they arrive. */
export const streams: readonly Case[] = [
  {
    name: 'many messages at a time, both ways',
    async run(stage) {
      const { url } = await stage.open('relay', { serve: ON });
      const talk = await Talk.begin(await dial(url, ON));
      const all = Array.from({ length: 40 }, (_, seed) => bytesOf(seed, 100 * KIB));
      const sent = all.map((bytes) => talk.ws.dispatchReader(MessageType.Binary, piecesOf(bytes, 9000)));
      const got: number[] = [];
      for (const _ of all) got.push(digestOf((await talk.next()).read()));
      await Promise.all(sent);
      same('what came back', got.toSorted(), all.map((bytes) => digestOf(bytes)).toSorted());
      same('the end', (await talk.close()).code, 1000);
    },
  },
  {
    name: 'messages read piece by piece',
    async run(stage) {
      const { url } = await stage.open('push', { serve: ON });
      const ws = await dial(url, ON);
      const seen: number[] = [];
      const over = new Promise<void>((resolve, reject) => {
        const read = async (message: Message): Promise<void> => {
          let digest = 0;
          for await (const piece of message.readIter()) digest = digestOf(piece, digest);
          if (seen.push(digest) === 8) resolve();
        };
        ws.onMessage(MessageType.Binary, (message) => read(message).catch(reject), { stream: true });
      });
      const talk = await Talk.begin(ws, []);
      ws.dispatch(MessageType.Text, JSON.stringify({ count: 8, length: 700 * KIB, byPiece: true } satisfies Push));
      await within('all messages', over);
      const expected = Array.from({ length: 8 }, (_, seed) => digestOf(bytesOf(seed, 700 * KIB)));
      same('what came', seen.toSorted(), expected.toSorted());
      await talk.close();
    },
  },
  {
    name: 'small windows',
    async run(stage) {
      const small = { ...ON, streamWindow: 1000, connectionWindow: 2500 };
      const { url } = await stage.open('relay', { serve: small });
      const talk = await Talk.begin(await dial(url, small));
      const bytes = bytesOf(1, 200 * KIB);
      const sent = [1, 2].map(() => talk.ws.dispatchReader(MessageType.Binary, bytes));
      for (const _ of sent) same('what came back', digestOf((await talk.next()).read()), digestOf(bytes));
      await Promise.all(sent);
      await talk.close();
    },
  },
  {
    name: 'the sender gives a message up',
    async run(stage) {
      const stand = await stage.open('reader', { serve: ON });
      const talk = await Talk.begin(await dial(stand.url, ON));
      const controller = new AbortController();
      async function* source(): AsyncGenerator<Uint8Array> {
        yield bytesOf(1, 50 * KIB);
        await new Promise((resolve) => setTimeout(resolve, 20));
        controller.abort(Object.assign(new Error('enough'), { code: 'ENOUGH' }));
        yield bytesOf(2, 50 * KIB);
      }
      const sent = talk.ws.dispatchReader(MessageType.Binary, source(), { signal: controller.signal });
      await rejects('the message', within('its end', sent), 'ENOUGH');
      talk.ws.dispatch(MessageType.Text, 'still there');
      same('the connection', await talk.text(), 'still there');
      await talk.close();
      same('for the server', (await stand.close()).notes, ['MESSAGE_CANCELLED']);
    },
  },
  {
    name: 'the reader gives a message up',
    async run(stage) {
      const stand = await stage.open('leaver', { serve: ON });
      const talk = await Talk.begin(await dial(stand.url, ON));
      const sent = talk.ws.dispatchReader(MessageType.Binary, endless());
      await rejects('the message', within('its end', sent), 'MESSAGE_CANCELLED');
      talk.ws.dispatch(MessageType.Text, 'still there');
      same('the connection', await talk.text(), 'still there');
      await talk.close();
    },
  },
  {
    name: 'the client gives up what the server sends',
    async run(stage) {
      const stand = await stage.open('push', { serve: ON });
      const ws = await dial(stand.url, ON);
      const left = new Promise<void>((resolve) => {
        const leave = async (message: Message): Promise<void> => {
          for await (const _piece of message.readIter()) break;
          resolve();
        };
        ws.onMessage(MessageType.Binary, leave, { stream: true });
      });
      const talk = await Talk.begin(ws, []);
      const order: Push = { count: 1, length: 8 * KIB * KIB, byPiece: true };
      ws.dispatch(MessageType.Text, JSON.stringify(order));
      await within('the first piece', left);
      await until(async () => (await seenBy(stand)).includes('MESSAGE_CANCELLED'));
      await talk.close();
    },
  },
  {
    name: 'a stalled reader holds up nobody else, and little memory',
    async run(stage) {
      const stand = await stage.open('staller', { serve: ON });
      const talk = await Talk.begin(await dial(stand.url, ON));
      const whole = bytesOf(3, 6 * KIB * KIB);
      let taken = 0;
      function* counted(): Generator<Uint8Array> {
        for (const piece of piecesOf(whole, 16 * KIB)) {
          taken += piece.length;
          yield piece;
        }
      }
      const sent = talk.ws.dispatchReader(MessageType.Binary, counted());
      for (let number = 0; number < 20; number++) {
        talk.ws.dispatch(MessageType.Text, `number ${number}`);
        same('a small message', await talk.text(), `number ${number}`);
      }
      // The window of a stream is 1 MiB, and the source is a piece or two ahead of what has left.
      holds(`${taken} bytes were taken of the source while nobody read`, taken <= 1.5 * KIB * KIB);
      holds(`${talk.ws.bufferedAmount} bytes wait to be sent`, talk.ws.bufferedAmount <= KIB * KIB);
      await stand.ask('go');
      same('what was read', await talk.text(), JSON.stringify([whole.length, digestOf(whole)]));
      await sent;
      await talk.close();
    },
  },
  {
    name: 'a large upload to a slow reader, without streams',
    async run(stage) {
      const stand = await stage.open('staller');
      const talk = await Talk.begin(await dial(stand.url));
      const whole = bytesOf(4, 16 * KIB * KIB);
      const sent = talk.ws.dispatchReader(MessageType.Binary, piecesOf(whole, 64 * KIB));
      await stand.ask('go');
      same('what was read', await talk.text(), JSON.stringify([whole.length, digestOf(whole)]));
      await sent;
      await talk.close();
    },
  },
  {
    name: 'ping and pong',
    async run(stage) {
      const { url } = await stage.open('echo', { serve: ON });
      const talk = await Talk.begin(await dial(url, ON), [MessageType.Pong]);
      talk.ws.ping('are you there?');
      same('the pong', await talk.text(), 'are you there?');
      await talk.close();
    },
  },
  {
    name: 'web streams, with an end of each direction',
    async run(stage) {
      const stand = await stage.open('streams');
      const { readable, writable, closed } = toStreams(await dial(stand.url));
      const bytes = bytesOf(5, 500 * KIB);
      const writer = writable.getWriter();
      const written = (async (): Promise<void> => {
        for (const piece of piecesOf(bytes, 30_000)) await writer.write(piece);
        await writer.close();
      })();
      let [length, digest] = [0, 0];
      const reader = readable.getReader();
      for (let next = await reader.read(); !next.done; next = await reader.read()) {
        length += next.value.length;
        digest = digestOf(next.value, digest);
      }
      await written;
      same('what came back', [length, digest], [bytes.length, digestOf(bytes)]);
      same('the end', (await within('the end', closed)).code, 1000);
      same('for the server', (await stand.close()).errors, []);
    },
  },
  {
    name: 'a silent server is noticed',
    async run(stage) {
      const stand = await stage.open('echo', { serve: { ...ON, pingInterval: 0, timeout: { close: 200 } } });
      const network = await stage.network(stand);
      const ws = await dial(network.url, { ...ON, pingInterval: 50, timeout: { pong: 150, dead: 300 } });
      const silence = new Promise<void>((resolve) => ws.onStatus(Status.Timeout, () => resolve()));
      const talk = await Talk.begin(ws);
      ws.dispatch(MessageType.Text, 'hello');
      same('while it is there', await talk.text(), 'hello');
      await network.swallow();
      await within('the status Timeout', silence);
      const { code, error } = await within('the end', talk.ended);
      same('the end', [code, (error as { code?: string } | undefined)?.code], [1006, 'PONG_TIMEOUT']);
    },
  },
];

function* endless(): Generator<Uint8Array> {
  for (;;) yield bytesOf(1, 20 * KIB);
}

async function seenBy(stand: { ask(order: string): Promise<unknown> }): Promise<readonly unknown[]> {
  return ((await stand.ask('report')) as { notes: readonly unknown[] }).notes;
}
