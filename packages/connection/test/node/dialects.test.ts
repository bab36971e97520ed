import { describe, expect, it } from 'vitest';
import type { Connection } from '../../src/connection.js';
import type { Message } from '../../src/message.js';
import { type DialOptions, dial } from '../../src/node/client/dial.js';
import type { ServeOptions } from '../../src/node/server/serve.js';
import type { CloseInfo } from '../../src/protocol/close-info.js';
import { Status } from '../../src/status.js';
import { concat, pattern } from '../support/frames.js';
import { expectNothingLeft, serveForTest } from './harness.js';

// Everything that two ends can agree on beside RFC 6455, over real sockets: alone, in pairs, and all at once.
expectNothingLeft();

interface Part {
  both?: ServeOptions & DialOptions;
  server?: ServeOptions;
  client?: DialOptions;
  user?: string;
  /** Data and control types that both ends have handlers for. */
  types?: readonly number[];
  check?: (ends: Ends) => void;
}

interface Ends {
  client: Connection;
  server: Connection;
}

const authorization = `Basic ${Buffer.from('ada:p@ss wörd').toString('base64')}`;

const parts: Record<string, Part> = {
  'magic key': { both: { magicKey: 'not the GUID of RFC 6455' } },
  'private mask': { both: { privateMask: Uint8Array.from({ length: 36 }, (_, i) => i * 71 + 5) } },
  'always mask': { both: { alwaysMask: true } },
  'own types': { types: [3, 7, 11, 14] },
  authorization: {
    server: {
      headerVerify: async (headers) =>
        headers.get('authorization') === authorization && headers.get('x-room') === 'blue',
    },
    client: { extraHeaders: { 'X-Room': 'blue' }, headerVerify: (headers) => headers.get('upgrade') === 'websocket' },
    user: 'ada:p%40ss%20w%C3%B6rd@',
  },
  streams: {
    both: { enableStreams: true },
    check: ({ client, server }) => {
      for (const end of [client, server]) expect(Object.keys(end.extensions)).toContain('webson-streams');
    },
  },
  compression: {
    both: { enableCompress: { threshold: 0 } },
    check: ({ client, server }) => {
      for (const end of [client, server]) expect(Object.keys(end.extensions)).toContain('permessage-deflate');
    },
  },
};

async function open(
  chosen: readonly Part[],
  more: ServeOptions & DialOptions,
): Promise<Ends & { ended: Promise<CloseInfo[]>; types: number[]; received: Received }> {
  const both = Object.assign({ pingInterval: 0 }, more, ...chosen.map((part) => part.both));
  const types = [1, 2, ...chosen.flatMap((part) => part.types ?? [])];
  const received: Received = new Received();
  let onStarted!: (started: [Connection, Promise<CloseInfo>]) => void;
  const started = new Promise<[Connection, Promise<CloseInfo>]>((resolve) => {
    onStarted = resolve;
  });
  const serverOptions: ServeOptions = Object.assign({}, both, ...chosen.map((part) => part.server));
  const { url } = await serveForTest(serverOptions, (connection) => {
    received.listen('server', connection, types);
    onStarted([connection, connection.start()]);
  });
  const user = chosen.map((part) => part.user ?? '').join('');
  const dialOptions: DialOptions = Object.assign({}, both, ...chosen.map((part) => part.client));
  const client = await dial(url.replace('://', `://${user}`), dialOptions);
  received.listen('client', client, types);
  const clientEnded = client.start();
  const [server, serverEnded] = await started;
  return { client, server, ended: Promise.all([clientEnded, serverEnded]), types, received };
}

/** What has come, whichever end got it. */
class Received {
  readonly #messages: string[] = [];
  #count = Number.POSITIVE_INFINITY;
  #onAll: (() => void) | undefined;
  #turn = 0;

  listen(at: string, connection: Connection, types: readonly number[]): void {
    for (const type of types) {
      connection.onMessage(type, async (message) => {
        // Every other message is read while it arrives.
        const bytes = this.#turn++ % 2 === 0 ? (await message.completed()).read() : await chunksOf(message);
        this.#messages.push(describeMessage(at, type, bytes));
        if (this.#messages.length === this.#count) this.#onAll?.();
      });
    }
  }

  /** All messages, sorted, once there are `count`. */
  async take(count: number): Promise<string[]> {
    this.#count = count;
    if (this.#messages.length < count) {
      await new Promise<void>((resolve) => {
        this.#onAll = resolve;
      });
    }
    return this.#messages.splice(0).sort();
  }
}

async function chunksOf(message: Message): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of message.readIter()) chunks.push(chunk);
  return concat(chunks);
}

function describeMessage(at: string, type: number, bytes: Uint8Array): string {
  const sum = bytes.reduce((total, byte) => (Math.imul(total, 31) + byte) | 0, 7);
  return `${at} ${type} ${bytes.length} ${sum}`;
}

const SIZES = [0, 1, 20, 125, 126, 4096, 65_535, 65_536, 300_000];
const encoder = new TextEncoder();

function contentOf(type: number, size: number): Uint8Array {
  return type === 1 ? encoder.encode('ü'.repeat(size >> 1) + 'x'.repeat(size & 1)) : pattern(size, type + size);
}

function* piecesOf(content: Uint8Array): Generator<Uint8Array> {
  const cuts = [0, 1, 1, 100, 70_000, content.length];
  for (const [i, from] of cuts.entries()) yield content.slice(from, cuts[i + 1] ?? content.length);
}

/** Messages of all sizes and types, both ways, whole and piece by piece. */
async function exchange({ client, server, types, received }: Ends & { types: number[]; received: Received }) {
  const sent: string[] = [];
  for (const [from, to, at] of [[client, server, 'server'] as const, [server, client, 'client'] as const]) {
    expect(to.isClient).toBe(at === 'client');
    for (const type of types) {
      const isControl = type > 7;
      for (const size of isControl ? [0, 1, 125] : SIZES) {
        const content = contentOf(type, size);
        from.dispatch(type, type === 1 && size % 2 === 0 ? new TextDecoder().decode(content) : content);
        sent.push(describeMessage(at, type, content));
        if (isControl || size < 100) continue;
        await from.dispatchReader(type, piecesOf(content));
        sent.push(describeMessage(at, type, content));
      }
    }
  }
  expect(await received.take(sent.length)).toEqual(sent.sort());
}

async function prove(chosen: readonly Part[], more: ServeOptions & DialOptions): Promise<void> {
  const ends = await open(chosen, more);
  for (const part of chosen) part.check?.(ends);
  await exchange(ends);
  ends.server.close(1000, 'done');
  expect(await ends.ended).toEqual([
    { code: 1000, reason: 'done', wasClean: true },
    { code: 1000, reason: 'done', wasClean: true },
  ]);
}

const names = Object.keys(parts);
const combinations = [
  [],
  ...names.map((name) => [name]),
  ...names.flatMap((name, i) => names.slice(i + 1).map((another) => [name, another])),
  names,
];

describe.each([
  ['messages when they are complete', { triggerOnStart: false }],
  ['messages while they arrive', { triggerOnStart: true }],
])('%s', (_, more) => {
  it.each(combinations.map((chosen) => [chosen.join(' + ') || 'nothing', chosen] as const))(
    '%s',
    async (_name, chosen) => {
      await prove(
        chosen.map((name) => parts[name]!),
        more,
      );
    },
  );
});

it('a redial agrees on all of it again', async () => {
  const ends = await open(Object.values(parts), {});
  ends.client.close();
  await ends.ended;
  const { extensions } = ends.client;
  ends.client.onStatus(Status.Ready, (_, adapter) => adapter.close(1000, 'again'));
  expect(await ends.client.restart()).toEqual({ code: 1000, reason: 'again', wasClean: true });
  expect(ends.client.extensions).toEqual(extensions);
});
