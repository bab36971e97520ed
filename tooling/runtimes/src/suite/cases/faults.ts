import { dial, MessageType, Pool, Status } from 'webson';
import type { Case } from '../case.js';
import { holds, same, within } from '../claim.js';
import { bytesOf, digestOf } from '../content.js';
import { Talk } from '../talk.js';

/** What a bad network does, and a server that dies. */
export const faults: readonly Case[] = [
  ...(['end', 'reset'] as const).map(
    (kind): Case => ({
      name:
        kind === 'end' ? 'a connection cut in the middle of a frame' : 'a connection reset in the middle of a frame',
      async run(stage) {
        const stand = await stage.open('echo');
        for (const direction of ['down', 'up'] as const) {
          const network = await stage.network(stand);
          await network.breakNext(direction, kind, 50_000);
          const talk = await Talk.begin(await dial(network.url));
          talk.ws.dispatch(MessageType.Binary, bytesOf(1, 100_000));
          const { code, wasClean } = await within('the end', talk.ended);
          same(`the end, broken ${direction}`, [code, wasClean], [1006, false]);
        }
        const { ends } = await stand.close();
        same(
          'for the server',
          ends.map(({ code }) => code),
          [1006, 1006],
        );
      },
    }),
  ),
  {
    name: 'a network that passes on one byte at a time',
    async run(stage) {
      const stand = await stage.open('echo', { serve: { enableStreams: true } });
      const network = await stage.network(stand);
      await network.split(1);
      const talk = await Talk.begin(await dial(network.url, { enableStreams: true }));
      const bytes = bytesOf(1, 3000);
      talk.ws.dispatch(MessageType.Text, 'grüße, 水 😀');
      talk.ws.dispatch(MessageType.Binary, bytes);
      same('a text', await talk.text(), 'grüße, 水 😀');
      same('bytes', digestOf((await talk.next()).read()), digestOf(bytes));
      same('the end', (await talk.close()).code, 1000);
    },
  },
  {
    name: 'a network that stalls for a while',
    async run(stage) {
      const stand = await stage.open('echo');
      const network = await stage.network(stand);
      const talk = await Talk.begin(await dial(network.url));
      const bytes = bytesOf(1, 3_000_000);
      talk.ws.dispatch(MessageType.Text, 'before');
      same('before', await talk.text(), 'before');
      await network.hold();
      for (let count = 0; count < 3; count++) talk.ws.dispatch(MessageType.Binary, bytes);
      let isDrained = false;
      const drained = talk.ws.drained().then(() => {
        isDrained = true;
      });
      await new Promise((resolve) => setTimeout(resolve, 100));
      holds('nothing is said to have left', !isDrained && talk.ws.bufferedAmount > 1_000_000);
      await network.release();
      await within('all to have left', drained);
      for (let count = 0; count < 3; count++) {
        same('afterwards', digestOf((await talk.next()).read()), digestOf(bytes));
      }
      same('the end', (await talk.close()).code, 1000);
    },
  },
  {
    name: 'a pool dials again when the server was killed',
    async run(stage) {
      await stage.startSecond();
      const { port, url } = await stage.open('echo', {}, 'second');
      const pool = new Pool({ clientRetry: Number.POSITIVE_INFINITY, retryInterval: 20, maxRetryInterval: 100 });
      const steps: string[] = [];
      pool.onRedial(({ step }) => void steps.push(step));
      const texts: string[] = [];
      let came = (): void => {};
      pool.onMessage((message) => {
        texts.push(message.text());
        came();
      });
      const received = (count: number): Promise<void> =>
        new Promise((resolve) => {
          came = () => texts.length >= count && resolve();
          came();
        });
      const ws = await pool.dial(url, {}, { name: 'one' });
      pool.dispatch(MessageType.Text, 'first life');
      await within('an echo', received(1));
      const isBack = new Promise<void>((resolve) => {
        ws.onStatus(Status.Ready, (previous) => {
          if (previous === Status.Closed) resolve();
        });
      });
      await stage.killSecond();
      await stage.startSecond();
      await stage.open('echo', { port }, 'second');
      await within('the client to be back', isBack);
      same('who takes a message', pool.dispatch(MessageType.Text, 'second life'), 1);
      await within('an echo', received(2));
      same('what came', texts, ['first life', 'second life']);
      holds('it was dialled again', steps.includes('wait') && steps.at(-1) === 'ready');
      await pool.close();
    },
  },
];
