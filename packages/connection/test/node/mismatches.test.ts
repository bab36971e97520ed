import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Connection } from '../../src/connection.js';
import { type DialOptions, dial } from '../../src/node/client/dial.js';
import type { ServeOptions } from '../../src/node/server/serve.js';
import type { CloseInfo } from '../../src/protocol/close-info.js';
import { expectNothingLeft, serveForTest } from './harness.js';

// The table of docs/DIALECTS.md: what both ends see when their settings differ, word for word.
expectNothingLeft();

const page = readFileSync(new URL('../../../../docs/DIALECTS.md', import.meta.url), 'utf8');
const table = page.slice(page.indexOf('## When the two ends differ'));
const rows = new Map(
  [...table.matchAll(/^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm)]
    .slice(2)
    .map(([, what = '', client = '', server = '']) => [what.trim(), { client: client.trim(), server: server.trim() }]),
);

interface Case {
  server?: ServeOptions;
  client?: DialOptions;
  /** What is done once both are ready. */
  act?: (ends: { client: Connection; server: Connection }) => unknown;
  user?: string;
  /** Custom types that an end has a handler for. */
  clientTypes?: number[];
  serverTypes?: number[];
}

const secret = (fill: number, length = 24): Uint8Array => Uint8Array.from({ length }, (_, i) => fill ^ (i * 29));
const [one, other] = [secret(0x81), secret(0x36)];
const say = (ends: { client: Connection }): unknown =>
  ends.client.dispatch(1, 'plain ASCII, garbled to what is not UTF-8');
const go = { dialect: 'go' } as const;
const large = new Uint8Array(10_000);
const authorized = (headers: { get(name: string): string | undefined }): boolean =>
  headers.get('authorization') === `Basic ${Buffer.from('ada:right').toString('base64')}`;
const text = 'deflated as well as can be, deflated as well as can be, again and again and again';

const cases: Record<string, Case> = {
  'another `magicKey`': { server: { magicKey: 'one' }, client: { magicKey: 'other' } },
  '`magicKey` at the server only': { server: { magicKey: 'one' } },
  '`magicKey` at the client only': { client: { magicKey: 'other' } },
  'another `privateMask`, a text': { server: { privateMask: one }, client: { privateMask: other }, act: say },
  'another `privateMask`, compressed': {
    server: { privateMask: one, enableCompress: { threshold: 0 } },
    client: { privateMask: other, enableCompress: { threshold: 0 } },
    act: ({ client }) => client.dispatch(2, new TextEncoder().encode(text.repeat(9))),
  },
  'another `privateMask`, on streams': {
    server: { privateMask: one, enableStreams: true },
    client: { privateMask: new Uint8Array(one).fill(one[0]!, 0, 1).fill(one[1]! ^ 1, 1, 2), enableStreams: true },
    act: ({ client }) => client.dispatch(2, 'on stream 1, which becomes 0'),
  },
  'another `privateMask`, a close': {
    server: { privateMask: one },
    client: { privateMask: other },
    act: ({ client }) => client.close(1000, 'bye'),
  },
  '`privateMask` at the server only': { server: { privateMask: one }, act: say },
  '`privateMask` at the client only': { client: { privateMask: one }, act: say },
  '`alwaysMask` at the server only': { server: { alwaysMask: true }, act: ({ server }) => server.dispatch(1, 'hi') },
  '`alwaysMask` at the client only': { client: { alwaysMask: true }, act: ({ server }) => server.dispatch(1, 'hi') },
  'a custom type that only the server has a handler for': {
    serverTypes: [3],
    act: ({ server }) => server.dispatch(3, 'hi'),
  },
  'a custom type that only the client has a handler for': {
    clientTypes: [11],
    act: ({ client }) => client.dispatch(11, 'hi'),
  },
  "`dialect: 'go'` at the client only, a large message": {
    client: { dialect: 'go' },
    act: ({ client }) => client.dispatch(2, large),
  },
  "`dialect: 'go'` at the server only, a large message": {
    server: { dialect: 'go' },
    act: ({ client, server }) => {
      client.ping();
      server.dispatch(2, large);
    },
  },
  "`dialect: 'go'` at the client only, and the same `privateMask`": {
    server: { privateMask: one },
    client: { dialect: 'go', privateMask: one },
    act: ({ client }) => client.dispatch(2, large),
  },
  "`dialect: 'go'` at the server only, and the same `privateMask`, `alwaysMask`": {
    server: { dialect: 'go', privateMask: one, alwaysMask: true },
    client: { privateMask: one, alwaysMask: true },
    act: ({ client, server }) => {
      client.ping();
      server.dispatch(2, large);
    },
  },
  "`dialect: 'go'` at one end only, with `enableStreams`": {
    server: { dialect: 'go', enableStreams: true },
    client: { enableStreams: true },
    act: ({ client }) => client.close(),
  },
  "another `magicKey`, `dialect: 'go'`": {
    server: { ...go, magicKey: 'one' },
    client: { ...go, magicKey: 'other' },
  },
  "`magicKey` at the server only, `dialect: 'go'`": { server: { ...go, magicKey: 'one' }, client: go },
  "`magicKey` at the client only, `dialect: 'go'`": { server: go, client: { ...go, magicKey: 'other' } },
  "another `privateMask`, `dialect: 'go'`, a text": {
    server: { ...go, privateMask: one },
    client: { ...go, privateMask: other },
    act: say,
  },
  "another `privateMask`, `dialect: 'go'`, on streams": {
    server: { ...go, privateMask: one, enableStreams: true },
    client: {
      ...go,
      privateMask: new Uint8Array(one).fill(one[0]!, 0, 1).fill(one[1]! ^ 1, 1, 2),
      enableStreams: true,
    },
    act: ({ client }) => client.dispatch(2, 'on stream 1, which becomes 0'),
  },
  "a custom type that only the server has a handler for, `dialect: 'go'`": {
    server: go,
    client: go,
    serverTypes: [3],
    act: ({ client, server }) => {
      client.ping();
      server.dispatch(3, 'hi');
    },
  },
  '`enableCompress` at one end only': { client: { enableCompress: true }, act: ({ client }) => client.close() },
  'other parameters of `enableCompress`': {
    server: { enableCompress: { windowBits: 9, contextTakeover: true } },
    client: { enableCompress: { windowBits: 12 } },
    act: ({ server }) => server.close(),
  },
  'another `maxStreams`, `streamWindow`, `connectionWindow`': {
    server: { enableStreams: true, maxStreams: 5, streamWindow: 1000 },
    client: { enableStreams: true, maxStreams: 9, connectionWindow: 500 },
    act: ({ client }) => client.close(),
  },
  '`enableStreams` at one end only': { client: { enableStreams: true }, act: ({ client }) => client.close() },
  'a wrong password, `headerVerify` at the server': { server: { headerVerify: authorized }, user: 'ada:wrong@' },
  '`headerVerify` of the client is false': { client: { headerVerify: () => false } },
};

async function provoke({ server: options, client: dialOptions, act, user = '', clientTypes, serverTypes }: Case) {
  let onServer!: (server: Connection) => void;
  const connected = new Promise<Connection>((resolve) => {
    onServer = resolve;
  });
  let delivered = 0;
  const count = (): void => void delivered++;
  const listen = (connection: Connection, types: readonly number[] = []): Promise<CloseInfo> => {
    for (const type of [1, 2, ...types]) connection.onMessage(type, count);
    return connection.start();
  };
  let serverEnd = 'nothing';
  const ended: Promise<void>[] = [];
  const { url } = await serveForTest({ pingInterval: 0, ...options }, (server) => {
    ended.push(
      listen(server, serverTypes).then((info) => {
        serverEnd = outcome(info);
      }),
    );
    onServer(server);
  });
  let clientEnd: string;
  try {
    const client = await dial(url.replace('://', `://${user}`), { pingInterval: 0, ...dialOptions });
    const clientClosed = listen(client, clientTypes);
    act?.({ client, server: await connected });
    clientEnd = outcome(await clientClosed);
  } catch (error) {
    clientEnd = describeError(error);
  }
  await Promise.all(ended);
  return { client: clientEnd, server: serverEnd, delivered };
}

function outcome({ code, wasClean, error }: CloseInfo): string {
  const end = `${code}, ${wasClean ? 'clean' : 'not clean'}`;
  return error === undefined ? end : `${end}: ${describeError(error)}`;
}

function describeError(thrown: unknown): string {
  const { name, code, message } = thrown as Error & { code: string };
  return `\`${name}\` \`${code}\`: \`${message.replaceAll(/"[\w+/]{27}="/g, '"…"')}\``;
}

describe('what both ends see', () => {
  it('is said of everything here', () => {
    expect([...rows.keys()].sort()).toEqual(Object.keys(cases).sort());
  });

  it.each(Object.entries(cases))('%s', async (name, one) => {
    const { client, server, delivered } = await provoke(one);
    expect({ client, server }).toEqual(rows.get(name));
    expect(delivered).toBe(0);
  });
});
