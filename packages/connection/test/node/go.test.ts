import type { HeaderMap } from '@webson/handshake';
import { describe, expect, test } from 'vitest';
import type { Connection } from '../../src/connection.js';
import { dial } from '../../src/node/client/dial.js';
import { serve } from '../../src/node/server/serve.js';
import type { ConnectionOptions } from '../../src/options/options.js';
import { ConfigError } from '../../src/protocol/contract/errors.js';
import { textOf, type WireFrame } from '../support/frames.js';
import { type MeetingOptions, meet, ROLES } from '../support/hostile-peer.js';
import { cleanUp } from './harness.js';

const go = { dialect: 'go', pingInterval: 0 } as const;

/** The header fields that a server and a client of this dialect send each other. */
async function headersOf(server: ConnectionOptions, client: ConnectionOptions): Promise<HeaderMap[]> {
  const headers: HeaderMap[] = [];
  const headerVerify = (fields: HeaderMap): boolean => headers.push(fields) > 0;
  const listening = await serve({ ...go, ...server, headerVerify }, () => {});
  cleanUp(() => listening.close());
  const connection = await dial(listening.url, { ...go, ...client, headerVerify });
  cleanUp(() => connection.close());
  return headers;
}

const fieldsOf = (headers: readonly HeaderMap[], name: string): (string | undefined)[] =>
  headers.map((fields) => fields.get(name));

describe('streams', () => {
  test('by a header field, not by an extension: the smaller number', async () => {
    const headers = await headersOf({ enableStreams: true, maxStreams: 10 }, { enableStreams: true, maxStreams: 20 });
    expect(fieldsOf(headers, 'webson-max-streams')).toEqual(['20', '10']);
    expect(fieldsOf(headers, 'sec-websocket-extensions')).toEqual([undefined, undefined]);
  });

  test('none unless both want them', async () => {
    const wanted = { enableStreams: true };
    expect(fieldsOf(await headersOf({}, wanted), 'webson-max-streams')).toEqual(['1024', undefined]);
    expect(fieldsOf(await headersOf(wanted, {}), 'webson-max-streams')).toEqual([undefined, undefined]);
  });

  test('are among the extensions of both ends, as they are agreed on', async () => {
    const extensionsOf = async (server: ConnectionOptions, client: ConnectionOptions): Promise<unknown[]> => {
      let accepted!: (connection: Connection) => void;
      const connected = new Promise<Connection>((resolve) => {
        accepted = resolve;
      });
      const listening = await serve({ ...go, ...server }, (connection) => accepted(connection));
      cleanUp(() => listening.close());
      const connection = await dial(listening.url, { ...go, ...client });
      cleanUp(() => connection.close());
      return [connection.extensions, (await connected).extensions];
    };
    const streams = { 'webson-streams': { 'max-streams': '10' } };
    const [few, many] = [
      { enableStreams: true, maxStreams: 10 },
      { enableStreams: true, maxStreams: 20 },
    ];
    expect(await extensionsOf(few, many)).toEqual([streams, streams]);
    expect(await extensionsOf(many, few)).toEqual([streams, streams]);
    const deflate = {
      'permessage-deflate': { server_no_context_takeover: true, client_no_context_takeover: true },
    };
    const both = { ...deflate, ...streams };
    const compressing = { ...few, enableCompress: true };
    expect(await extensionsOf(compressing, compressing)).toEqual([both, both]);
    expect(await extensionsOf({ enableCompress: true }, compressing)).toEqual([deflate, deflate]);
    expect(await extensionsOf(few, {})).toEqual([{}, {}]);
    expect(await extensionsOf({}, few)).toEqual([{}, {}]);
    expect(await extensionsOf({ ...few, dialect: 'rfc' }, few)).toEqual([{}, {}]);
    expect(await extensionsOf(few, { ...few, dialect: 'rfc' })).toEqual([{}, {}]);
  });

  test('a number that is none is answered with 400', async () => {
    const server = await serve({ ...go, enableStreams: true }, () => {});
    cleanUp(() => server.close());
    await expect(dial(server.url, { extraHeaders: { 'Webson-Max-Streams': '0' } })).rejects.toMatchObject({
      status: 400,
    });
  });
});

describe.each(ROLES)('as a %s', (role) => {
  const echoes = {
    dialect: 'go',
    setUp: (connection) => void connection.onMessage(1, (message, ws) => void ws.dispatch(1, message.read())),
  } as const satisfies MeetingOptions;
  const bye = Uint8Array.of(0x0f, 0xa0);
  const texts = (frames: readonly WireFrame[]): string[] => {
    return frames.filter(({ opcode }) => opcode === 1).map(({ payload }) => textOf(payload));
  };

  test('what was dispatched before the Close of the peer was there leaves before ours', async () => {
    const { peer, closed } = await meet(role, echoes);
    peer.send(peer.frame(1, 'one'), peer.frame(1, 'two'), peer.frame(8, bye));
    expect(await peer.closing()).toEqual({ code: 4000, reason: '' });
    peer.socket.end();
    expect(texts(peer.frames)).toEqual(['one', 'two']);
    expect(await closed).toEqual({ code: 4000, reason: '', wasClean: true });
  });

  test('also when it is more than the peer reads at once', async () => {
    const { peer, closed } = await meet(role, echoes);
    const long = ['a', 'b', 'c'].map((letter) => letter.repeat(9000));
    peer.send(...long.map((text) => peer.frame(1, text)), peer.frame(8, bye));
    expect(await peer.closing()).toEqual({ code: 4000, reason: '' });
    peer.socket.end();
    expect(texts(peer.frames).join('')).toBe(long.join(''));
    expect(await closed).toEqual({ code: 4000, reason: '', wasClean: true });
  });

  test('a pong that does not come is asked for again', async () => {
    const { peer, closed } = await meet(role, { ...echoes, timeout: { pong: 20 } });
    const pings = (): Uint8Array[] => peer.frames.filter(({ opcode }) => opcode === 9).map(({ payload }) => payload);
    peer.send(peer.frame(1, 'one'));
    await peer.until(() => pings().length === 1);
    peer.send(peer.frame(1, 'two'));
    await peer.until(() => pings().length === 3);
    expect(texts(peer.frames)).toEqual(['one']);
    peer.send(peer.frame(10, pings().at(-1)));
    await peer.until(() => texts(peer.frames).length === 2);
    peer.send(peer.frame(8, bye));
    await peer.closing();
    peer.socket.end();
    expect(await closed).toEqual({ code: 4000, reason: '', wasClean: true });
  });
});

test('compression is agreed on in the only words a Go client knows', async () => {
  const options = { enableCompress: { contextTakeover: true, windowBits: 10 } };
  const [, answer] = await headersOf(options, options);
  expect(answer?.get('sec-websocket-extensions')).toBe(
    'permessage-deflate; server_no_context_takeover; client_no_context_takeover',
  );
});

test.each([{ dialect: 'java' as 'go' }, { ...go, pacing: 511 }, { ...go, pacing: 2 ** 20 + 1 }, { ...go, pacing: 0 }])(
  'wrong options: %j',
  async (options) => {
    await expect(dial('ws://127.0.0.1:1', options)).rejects.toThrow(ConfigError);
  },
);
