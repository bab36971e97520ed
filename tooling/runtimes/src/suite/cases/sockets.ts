import { request } from 'node:http';
import { dial, MessageType, serve, toDuplex } from 'webson';
import type { Case } from '../case.js';
import { holds, rejects, same, until, within } from '../claim.js';
import { bytesOf, digestOf, piecesOf, textOf } from '../content.js';
import { frameOf, RawClient } from '../raw-client.js';
import type { Report } from '../stand.js';
import type { Push } from '../stands/messages.js';
import { Talk } from '../talk.js';

type CompressOptions = Exclude<NonNullable<Parameters<typeof dial>[1]>['enableCompress'], boolean | undefined>;

function compressed(name: string, enableCompress: CompressOptions, enableStreams = false): Case {
  return {
    name,
    async run(stage) {
      const { url } = await stage.open('echo', { serve: { enableCompress, enableStreams } });
      const talk = await Talk.begin(await dial(url, { enableCompress, enableStreams }));
      holds('it was agreed on', 'permessage-deflate' in talk.ws.extensions);
      // From 256 KiB on another thread compresses.
      for (const size of [10, 2000, 100_000, 600_000]) {
        const text = textOf(size);
        for (let count = 0; count < 3; count++) talk.ws.dispatch(MessageType.Text, text);
        for (let count = 0; count < 3; count++) same(`${size} bytes of text`, (await talk.text()) === text, true);
      }
      const bytes = bytesOf(1, 2_000_000);
      talk.ws.dispatch(MessageType.Binary, bytes);
      same('bytes', digestOf((await talk.next()).read()), digestOf(bytes));
      same('the end', (await talk.close()).code, 1000);
    },
  };
}

/** What only a client with a socket of its own can do afterwards. */
export const sockets: readonly Case[] = [
  compressed('compression', {}),
  compressed('compression with context takeover', { contextTakeover: true, threshold: 0 }),
  compressed('compression on streams', { threshold: 0 }, true),
  {
    name: 'what inflates to more than is allowed is refused',
    async run(stage) {
      const stand = await stage.open('echo', { serve: { enableCompress: true, maxMessageSize: 100_000 } });
      const talk = await Talk.begin(await dial(stand.url, { enableCompress: true }));
      talk.ws.dispatch(MessageType.Text, 'a'.repeat(100_000));
      same('as much as is allowed', (await talk.text()).length, 100_000);
      talk.ws.dispatch(MessageType.Text, 'a'.repeat(30_000_000));
      same('the end', (await within('the end', talk.ended)).code, 1009);
    },
  },
  {
    name: 'what cannot be inflated is refused',
    async run(stage) {
      const stand = await stage.open('echo', { serve: { enableCompress: true } });
      const client = await RawClient.dial(stand.port, ['Sec-WebSocket-Extensions: permessage-deflate']);
      client.frame(0x41, Uint8Array.of(0x07, 0x07, 0x07));
      await within('the end', Promise.race([client.take(2), client.closed]));
      client.destroy();
      same('for the server', codesOf(await stand.close()), [[1007, 'INFLATE_CORRUPT']]);
    },
  },
  {
    name: 'fragments, both ways',
    async run(stage) {
      const { url } = await stage.open('relay', { serve: { chunkSize: 4096 } });
      const talk = await Talk.begin(await dial(url, { chunkSize: 4096 }));
      const bytes = bytesOf(1, 100_000);
      await talk.ws.dispatchReader(MessageType.Binary, piecesOf(bytes, 5000));
      same('what comes back', digestOf((await talk.next()).read()), digestOf(bytes));
      await talk.close();
    },
  },
  {
    name: 'fragments of a text, cut within a letter, with a ping between them',
    async run(stage) {
      const { port } = await stage.open('echo', { serve: { pingInterval: 0 } });
      const client = await RawClient.dial(port);
      const text = new TextEncoder().encode('水');
      client.frame(1, text.subarray(0, 1), false);
      client.frame(9, 'p');
      client.frame(0, text.subarray(1, 2), false);
      client.frame(0, text.subarray(2));
      same('the pong', [...(await client.take(3))], [0x8a, 1, 0x70]);
      same('the echo', [...(await client.take(5))], [0x81, 3, ...text]);
      client.frame(8, '');
      same('the Close', [...(await client.take(2))], [0x88, 0]);
      await within('the end', client.closed);
    },
  },
  {
    name: 'a frame that breaks the rules ends its connection',
    async run(stage) {
      const stand = await stage.open('echo');
      const client = await RawClient.dial(stand.port);
      client.frame(1, Uint8Array.of(0xff));
      same(
        'the Close',
        [...(await client.take(4))].filter((_, index) => index !== 1),
        [0x88, 0x03, 0xef],
      );
      client.destroy();
      same('for the server', codesOf(await stand.close()), [[1007, 'UTF8_INVALID']]);
    },
  },
  {
    name: 'a frame that comes together with the request',
    async run(stage) {
      const stand = await stage.open('echo');
      const client = await RawClient.dial(stand.port, [], frameOf(1, 'early'));
      same('the echo', [...(await client.take(7))], [0x81, 5, ...new TextEncoder().encode('early')]);
      client.destroy();
      same('for the server', codesOf(await stand.close()), [[1006, '']]);
    },
  },
  {
    name: 'frames that come together with the answer',
    async run(stage) {
      const { url } = await stage.open('hasty');
      const talk = await Talk.begin(await dial(url));
      same('the message', await talk.text(), 'early');
      const { code, reason } = await within('the end', talk.ended);
      same('the end', [code, reason], [4000, '']);
    },
  },
  {
    name: 'a client that leaves without a Close',
    async run(stage) {
      const stand = await stage.open('echo');
      const client = await RawClient.dial(stand.port);
      client.end();
      await within('the end', client.closed);
      same('for the server', codesOf(await stand.close()), [[1006, '']]);
    },
  },
  {
    name: 'a peer that does not read is given up in time',
    async run(stage) {
      const limits = { highWaterMark: 1000, timeout: { stall: 300, close: 300 }, pingInterval: 0 };
      const stand = await stage.open('push', { serve: limits });
      const client = await RawClient.dial(stand.port);
      client.pause();
      client.frame(1, JSON.stringify({ count: 30, length: 1_000_000 } satisfies Push));
      await until(async () => ((await stand.ask('report')) as Report).ends.length > 0);
      client.destroy();
      same('for the server', codesOf(await stand.close()), [[1013, 'STALLED']]);
    },
  },
  {
    name: 'a handler that throws ends its connection alone',
    async run(stage) {
      const stand = await stage.open('throwing');
      const other = await Talk.begin(await dial(stand.url));
      for (const how of ['throw', 'reject']) {
        const talk = await Talk.begin(await dial(stand.url));
        talk.ws.dispatch(MessageType.Text, how);
        same('the end', (await within('the end', talk.ended)).code, 1011);
      }
      other.ws.dispatch(MessageType.Text, 'hello');
      same('the other', await other.text(), 'hello');
      await other.close();
      same('what the server was told', (await stand.close()).errors, ['throw', 'reject']);
    },
  },
  {
    name: 'a port that is taken is an error',
    async run(stage) {
      const { port } = await stage.open('echo');
      await rejects(
        'the second server',
        serve({ host: '127.0.0.1', port }, () => {}),
        'EADDRINUSE',
      );
    },
  },
  {
    name: 'a silent client is noticed',
    async run(stage) {
      const stand = await stage.open('echo', { serve: { pingInterval: 50, timeout: { pong: 150, dead: 300 } } });
      const client = await RawClient.dial(stand.port);
      await within('the end', client.closed);
      same('for the server', codesOf(await stand.close()), [[1006, 'PONG_TIMEOUT']]);
    },
  },
  {
    name: 'a server that never says another word',
    async run(stage) {
      const { url } = await stage.open('silent');
      const talk = await Talk.begin(await dial(url, { pingInterval: 50, timeout: { pong: 150, dead: 300 } }));
      const { code, error } = await within('the end', talk.ended);
      same('the end', [code, (error as { code?: string } | undefined)?.code], [1006, 'PONG_TIMEOUT']);
    },
  },
  {
    name: 'a stream of Node, with an end of each direction',
    async run(stage) {
      const stand = await stage.open('duplex');
      const duplex = toDuplex(await dial(stand.url));
      const bytes = bytesOf(5, 500_000);
      for (const piece of piecesOf(bytes, 30_000)) duplex.write(piece);
      duplex.end();
      let [length, digest] = [0, 0];
      const over = new Promise<void>((resolve, reject) => {
        duplex.on('error', reject);
        duplex.on('data', (piece: Uint8Array) => {
          length += piece.length;
          digest = digestOf(piece, digest);
        });
        duplex.on('close', () => resolve());
      });
      await within('the end', over);
      same('what came back', [length, digest], [bytes.length, digestOf(bytes)]);
      same('for the server', (await stand.close()).errors, []);
    },
  },
  {
    name: 'HTTP over a stream of Node',
    async run(stage) {
      const { url } = await stage.open('hosting');
      const socket = toDuplex(await dial(url));
      const text = await within(
        'the page',
        new Promise<string>((resolve, reject) => {
          const asked = request({ path: '/', createConnection: () => socket }, (response) => {
            let page = '';
            response.on('data', (piece: Uint8Array) => {
              page += piece.toString();
            });
            response.on('end', () => resolve(page));
          });
          asked.on('error', reject);
          asked.end();
        }),
      );
      same('the page', text, 'a page, over a WebSocket');
    },
  },
];

function codesOf({ ends }: Report): readonly (readonly [code: number, error: string])[] {
  return ends.map(({ code, error }) => [code, error]);
}
