import type { HeaderMap } from '@webson/handshake';
import { describe, expect, test } from 'vitest';
import { dial } from '../../src/node/dial.js';
import { serve } from '../../src/node/serve.js';
import type { ConnectionOptions } from '../../src/options.js';
import { ConfigError } from '../../src/protocol/errors.js';
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

  test('a number that is none is answered with 400', async () => {
    const server = await serve({ ...go, enableStreams: true }, () => {});
    cleanUp(() => server.close());
    await expect(dial(server.url, { extraHeaders: { 'Webson-Max-Streams': '0' } })).rejects.toMatchObject({
      status: 400,
    });
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
