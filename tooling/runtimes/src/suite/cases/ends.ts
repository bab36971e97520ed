import { dial, MessageType } from 'webson';
import type { Case } from '../case.js';
import { holds, rejects, same, within } from '../claim.js';
import { Talk } from '../talk.js';

/** How connections begin and end. */
export const ends: readonly Case[] = [
  {
    name: 'close codes and reasons of the client',
    async run(stage) {
      const stand = await stage.open('echo');
      for (const [code, reason] of [
        [3000, ''],
        [4999, 'grüße'],
      ] as const) {
        const talk = await Talk.begin(await dial(stand.url));
        talk.ws.close(code, reason);
        const end = await within('the end', talk.ended);
        same('for the client', [end.code, end.reason, end.wasClean], [code, reason, true]);
      }
      const { ends: seen } = await stand.close();
      same('for the server', seen, [
        { code: 3000, reason: '', wasClean: true, error: '' },
        { code: 4999, reason: 'grüße', wasClean: true, error: '' },
      ]);
    },
  },
  {
    name: 'close codes and reasons of the server',
    async run(stage) {
      const stand = await stage.open('leaving');
      for (const [code, reason] of [
        [1000, 'done'],
        [1012, ''],
        [4001, 'grüße'],
      ] as const) {
        const talk = await Talk.begin(await dial(stand.url));
        talk.ws.dispatch(MessageType.Text, JSON.stringify([code, reason]));
        const end = await within('the end', talk.ended);
        same('for the client', [end.code, end.reason, end.wasClean], [code, reason, true]);
      }
      same(
        'for the server',
        (await stand.close()).ends.map(({ code }) => code),
        [1000, 1012, 4001],
      );
    },
  },
  {
    name: 'an end without a Close',
    async run(stage) {
      const stand = await stage.open('leaving');
      const left = await Talk.begin(await dial(stand.url));
      left.ws.dispatch(MessageType.Text, '[0]');
      const { code, wasClean } = await within('the end', left.ended);
      same('the server terminates', [code, wasClean], [1006, false]);
      const leaving = await Talk.begin(await dial(stand.url));
      leaving.ws.terminate();
      same('the client terminates', (await within('the end', leaving.ended)).code, 1006);
      const { ends: seen } = await stand.close();
      // What a server sees of the client is up to its platform: in a page there is no end without a Close.
      same('for the server', [seen[0]?.error, seen.length], ['TERMINATED', 2]);
    },
  },
  {
    name: 'a sub-protocol is chosen, and its lack is an error',
    async run(stage) {
      const stand = await stage.open('fields', { serve: { protocols: ['v2', 'v1'] } });
      const talk = await Talk.begin(await dial(stand.url, { protocols: ['v1', 'v2'] }));
      same('for the client', talk.ws.protocol, 'v2');
      same('for the server', JSON.parse(await talk.text())[1], 'v2');
      await talk.close();
      const error = await dial(stand.url, { protocols: ['v3'] }).then(
        () => undefined,
        ({ name }: Error) => name,
      );
      same('with none in common', error, 'HandshakeError');
    },
  },
  {
    name: 'a signal ends an attempt to dial',
    async run(stage) {
      const { url } = await stage.open('mute');
      const controller = new AbortController();
      const dialled = dial(url, { signal: controller.signal });
      controller.abort(Object.assign(new Error('given up'), { code: 'GIVEN_UP' }));
      await rejects('the attempt', within('its end', dialled), 'GIVEN_UP');
      await rejects('an attempt afterwards', dial(url, { signal: controller.signal }), 'GIVEN_UP');
    },
  },
  {
    name: 'a server that does not answer is an error in time',
    async run(stage) {
      const { url } = await stage.open('mute');
      await rejects('the attempt', dial(url, { timeout: { handshake: 300 } }), 'TIMEOUT');
    },
  },
  {
    name: 'nobody listens',
    async run(stage) {
      const { url, close } = await shut(stage);
      await close;
      const error = await rejects('the attempt', dial(url), 'CONNECT_FAILED');
      same('its name', error.name, 'HandshakeError');
    },
  },
  {
    name: 'a server of pages, and one of mail',
    async run(stage) {
      for (const name of ['pages', 'garbled'] as const) {
        const { url } = await stage.open(name);
        const error = await dial(url).then(
          () => undefined,
          (reason: unknown) => reason as Error,
        );
        same(`of ${name}`, error?.name, 'HandshakeError');
        holds('the error says what it is', (error?.message.length ?? 0) > 20);
      }
    },
  },
  {
    name: 'the server drains under traffic',
    async run(stage) {
      const stand = await stage.open('ticking');
      const talks = await Promise.all([1, 2, 3].map(async () => Talk.begin(await dial(stand.url))));
      for (const talk of talks) same('the first message', await talk.text(), '0');
      await stand.ask('drain', { code: 1012 });
      for (const talk of talks) {
        const { code, wasClean } = await within('the end', talk.ended);
        same('the end', [code, wasClean], [1012, true]);
      }
      const late = await dial(stand.url).then(
        () => undefined,
        ({ name }: Error) => name,
      );
      same('who comes later', late, 'HandshakeError');
    },
  },
];

async function shut(stage: Parameters<Case['run']>[0]): Promise<{ url: string; close: Promise<unknown> }> {
  const stand = await stage.open('mute');
  return { url: stand.url, close: stand.close() };
}
