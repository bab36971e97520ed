import { dial, MessageType } from 'webson';
import type { Case } from '../case.js';
import { same, within } from '../claim.js';
import { bytesOf, digestOf, textOf } from '../content.js';
import { Talk } from '../talk.js';

const KIB = 1024;
const SIZES = [0, 1, 125, 126, 65_535, 65_536, KIB * KIB];
const COUNT = 10_000;

function echoes(name: string, enableStreams: boolean, sizes: readonly number[]): Case {
  return {
    name,
    async run(stage) {
      const { url } = await stage.open('echo', { serve: { enableStreams } });
      const talk = await Talk.begin(await dial(url, { enableStreams }));
      for (const size of sizes) {
        const [text, bytes] = [textOf(size), bytesOf(size, size)];
        talk.ws.dispatch(MessageType.Text, text);
        same(`a text of ${size} bytes comes back`, (await talk.text()) === text, true);
        talk.ws.dispatch(MessageType.Binary, bytes);
        const back = (await talk.next()).read();
        same(`${size} bytes come back`, [back.length, digestOf(back)], [size, digestOf(bytes)]);
      }
      same('the end', (await talk.close()).code, 1000);
    },
  };
}

function ordered(name: string, enableStreams: boolean): Case {
  return {
    name,
    async run(stage) {
      const { url } = await stage.open('echo', { serve: { enableStreams } });
      const talk = await Talk.begin(await dial(url, { enableStreams }));
      for (let number = 0; number < COUNT; number++) talk.ws.dispatch(MessageType.Text, `number ${number}`);
      for (let number = 0; number < COUNT; number++) {
        const text = await talk.text();
        if (text !== `number ${number}`) same('the message', text, `number ${number}`);
      }
      same('the end', (await talk.close()).code, 1000);
    },
  };
}

/** Messages that are sent and come back. */
export const messages: readonly Case[] = [
  echoes('echo of every size', false, [...SIZES, 16 * KIB * KIB]),
  echoes('echo of every size, on streams', true, SIZES),
  ordered('10,000 small messages in order', false),
  ordered('10,000 small messages in order, on streams', true),
  {
    name: 'types of one’s own',
    async run(stage) {
      const { url } = await stage.open('echo', { types: [3, 7, 11], serve: { enableStreams: true } });
      const talk = await Talk.begin(await dial(url, { enableStreams: true }), [3, 7, 11]);
      for (const type of [3, 7, 11]) {
        talk.ws.dispatch(type, `of type ${type}`);
        const back = await talk.next();
        same('what comes back', [back.type, back.text()], [type, `of type ${type}`]);
      }
      same('the end', (await talk.close()).code, 1000);
    },
  },
  {
    name: 'messages in a loop',
    async run(stage) {
      const stand = await stage.open('looping');
      const ws = await dial(stand.url);
      const loop = ws[Symbol.asyncIterator]();
      const texts: string[] = [];
      for (const text of ['one', 'two', 'three']) {
        ws.dispatch(MessageType.Text, text);
        texts.push((await within('a message', loop.next())).value?.text() ?? '');
      }
      same('what came back', texts, ['one', 'two', 'three']);
      ws.dispatch(MessageType.Text, 'leave');
      same('the loop of the client', (await within('the end', loop.next())).done, true);
      same('the code', ws.closeInfo?.code, 1000);
      const { notes, errors } = await stand.close();
      same('the loop of the server', [notes, errors], [['over'], []]);
    },
  },
];
