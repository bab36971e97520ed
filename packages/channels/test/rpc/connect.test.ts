import { once } from 'node:events';
import {
  type Client,
  Code,
  ConnectError,
  createClient,
  createConnectRouter,
  type HandlerContext,
} from '@connectrpc/connect';
import type { UniversalHandler } from '@connectrpc/connect/protocol';
import { createTransport } from '@connectrpc/connect/protocol-connect';
import { expect, test } from 'vitest';
import { type ConnectHandler, connectHandlers, connectTransport, onChannel, openChannel } from '../../src/index.js';
import { type Ends, meet } from '../support.js';
import { Talk, type TalkService } from './talk-service.js';

interface Value {
  readonly value: string;
}

/** What became of the calls that run until they are cancelled. */
interface Watch {
  readonly aborted: Promise<unknown>;
  onAbort(reason: unknown): void;
}

function watch(): Watch {
  let onAbort: (reason: unknown) => void = () => {};
  const aborted = new Promise<unknown>((resolve) => {
    onAbort = resolve;
  });
  return { aborted, onAbort: (reason) => onAbort(reason) };
}

function handlers(watching: Watch = watch()): UniversalHandler[] {
  const untilAborted = async ({ signal }: HandlerContext): Promise<void> => {
    if (!signal.aborted) await once(signal, 'abort');
    watching.onAbort(signal.reason);
  };
  const router = createConnectRouter().service(Talk, {
    async say({ value }: Value, context) {
      if (value === 'wait') await untilAborted(context);
      if (value === 'fail') throw new ConnectError('no such thing', Code.NotFound, { 'x-why': 'because' });
      if (value === 'headers') {
        context.responseHeader.set('x-head', 'h');
        context.responseTrailer.set('x-tail', 't');
        return { value: `${context.requestHeader.get('x-mine')}` };
      }
      return { value: value.toUpperCase() };
    },
    async collect(requests: AsyncIterable<Value>) {
      const all: string[] = [];
      for await (const { value } of requests) {
        if (value === 'enough') return { value: 'enough' };
        all.push(value);
      }
      return { value: all.join('') };
    },
    async *count({ value }: Value, context) {
      context.responseTrailer.set('x-tail', 't');
      for (let i = 0; i < Number(value); i++) yield { value: `${i}` };
      if (value !== 'endless') return;
      try {
        for (;;) {
          yield { value: 'x'.repeat(1000) };
        }
      } finally {
        watching.onAbort('left');
      }
    },
    async *converse(requests: AsyncIterable<Value>) {
      for await (const { value } of requests) yield { value: value.toUpperCase() };
    },
  });
  return router.handlers;
}

async function talking(
  watching?: Watch,
): Promise<{ ends: Ends; client: Client<TalkService>; server: Client<TalkService> }> {
  const ends = await meet((met) => {
    const all = handlers(watching) satisfies ConnectHandler[];
    connectHandlers(met.server, all);
    connectHandlers(met.client, all);
  });
  const client = createClient(Talk, connectTransport(ends.client, createTransport));
  return { ends, client, server: createClient(Talk, connectTransport(ends.server, createTransport)) };
}

async function* valued(values: Iterable<string>): AsyncGenerator<Value> {
  for (const value of values) yield { value };
}

async function valuesOf(source: AsyncIterable<Value>): Promise<string[]> {
  const values: string[] = [];
  for await (const { value } of source) values.push(value);
  return values;
}

test('all kinds of calls, made by either side', async () => {
  const { client, server } = await talking();
  for (const side of [client, server]) {
    expect(await side.say({ value: 'hello' })).toMatchObject({ value: 'HELLO' });
    expect(await side.collect(valued(['a', 'b', 'c']))).toMatchObject({ value: 'abc' });
    expect(await valuesOf(side.count({ value: '300' }))).toEqual(Array.from({ length: 300 }, (_, i) => `${i}`));
    expect(await valuesOf(side.converse(valued(['a', 'b'])))).toEqual(['A', 'B']);
    expect((await side.say({ value: 'x'.repeat(2_000_000) })).value).toHaveLength(2_000_000);
  }
});

test('a conversation: each answer comes before the next question is asked', async () => {
  const { client } = await talking();
  const answers: string[] = [];
  let answered: () => void = () => {};
  const ask = async function* (): AsyncGenerator<Value> {
    for (const value of ['a', 'b', 'c']) {
      const next = new Promise<void>((resolve) => {
        answered = resolve;
      });
      yield { value };
      await next;
    }
  };
  for await (const { value } of client.converse(ask())) {
    answers.push(value);
    answered();
  }
  expect(answers).toEqual(['A', 'B', 'C']);
});

test('headers and trailers, and errors with their code and metadata', async () => {
  const { client } = await talking();
  const seen: Record<string, string | null> = {};
  const onHeader = (headers: Headers): void => void Object.assign(seen, { head: headers.get('x-head') });
  const onTrailer = (headers: Headers): void => void Object.assign(seen, { tail: headers.get('x-tail') });
  const reply = await client.say({ value: 'headers' }, { headers: { 'x-mine': 'm' }, onHeader, onTrailer });
  expect([reply.value, seen]).toEqual(['m', { head: 'h', tail: 't' }]);
  await valuesOf(
    client.count(
      { value: '3' },
      { onTrailer: (headers) => void Object.assign(seen, { streamed: headers.get('x-tail') }) },
    ),
  );
  expect(seen.streamed).toBe('t');
  const error = await client.say({ value: 'fail' }).catch((thrown) => thrown);
  expect(error).toMatchObject({ code: Code.NotFound, rawMessage: 'no such thing' });
  expect((error as ConnectError).metadata.get('x-why')).toBe('because');
});

test('a cancel and a deadline reach the handler', async () => {
  const cancelled = watch();
  const { client } = await talking(cancelled);
  const controller = new AbortController();
  const call = client.say({ value: 'wait' }, { signal: controller.signal }).catch((error) => error);
  expect(await client.say({ value: 'meanwhile' })).toMatchObject({ value: 'MEANWHILE' });
  controller.abort();
  expect(await call).toMatchObject({ code: Code.Canceled });
  expect(await cancelled.aborted).toBeInstanceOf(Error);

  const late = watch();
  const { client: other } = await talking(late);
  await expect(other.say({ value: 'wait' }, { timeoutMs: 20 })).rejects.toMatchObject({ code: Code.DeadlineExceeded });
  expect(await late.aborted).toBeInstanceOf(Error);
});

test('whoever leaves a stream stops it, and a handler that has heard enough stops the one who speaks', async () => {
  const left = watch();
  const { client } = await talking(left);
  for await (const _ of client.count({ value: 'endless' })) break;
  expect(await left.aborted).toBe('left');
  let stopped: () => void = () => {};
  const isStopped = new Promise<void>((resolve) => {
    stopped = resolve;
  });
  const endless = async function* (): AsyncGenerator<Value> {
    try {
      yield { value: 'enough' };
      for (;;) yield { value: 'x'.repeat(10_000) };
    } finally {
      stopped();
    }
  };
  expect(await client.collect(endless())).toMatchObject({ value: 'enough' });
  await isStopped;
});

test('a source that fails is what the call fails with', async () => {
  const { client } = await talking();
  const broken = async function* (): AsyncGenerator<Value> {
    yield { value: 'a' };
    throw new ConnectError('broken', Code.DataLoss);
  };
  await expect(client.collect(broken())).rejects.toMatchObject({ code: Code.DataLoss });
  expect(await client.say({ value: 'on' })).toMatchObject({ value: 'ON' });
});

test.each<[string, (ends: Ends) => unknown]>([
  ['cut by the client', ({ client }) => client.terminate()],
  ['cut by the server', ({ server }) => server.terminate()],
  ['closed by the server', ({ server }) => server.close()],
])('the connection is %s: calls fail with Unavailable, handlers are aborted', async (_, end) => {
  const aborted = watch();
  const { ends, client } = await talking(aborted);
  const stream = client.count({ value: 'endless' })[Symbol.asyncIterator]();
  await stream.next();
  const calls = [
    client.say({ value: 'wait' }),
    (async () => {
      for (;;) await stream.next();
    })(),
  ];
  const settled = Promise.allSettled(calls);
  await client.say({ value: 'x' });
  end(ends);
  for (const result of await settled) {
    expect(result).toMatchObject({ reason: { code: Code.Unavailable } });
    expect((result as PromiseRejectedResult).reason).toBeInstanceOf(ConnectError);
  }
  await aborted.aborted;
  await expect(client.say({ value: 'x' })).rejects.toMatchObject({ code: Code.Unavailable });
});

test('what the peer does not serve', async () => {
  const { client } = await meet(({ server }) => {
    connectHandlers(server, []);
    connectHandlers(server, handlers(), { name: 'few', maxCalls: 1 });
  });
  const code = async (name: string): Promise<unknown> => {
    const transport = connectTransport(client, createTransport, { name });
    return await createClient(Talk, transport)
      .say({ value: 'wait' }, { timeoutMs: 5000 })
      .catch((error) => error);
  };
  expect(await code('connect')).toMatchObject({ code: Code.Unimplemented });
  expect(await code('nobody')).toMatchObject({ code: Code.Unimplemented });
  const waiting = new AbortController();
  const few = createClient(Talk, connectTransport(client, createTransport, { name: 'few' }));
  const first = few.say({ value: 'wait' }, { signal: waiting.signal }).catch((error) => error);
  expect(await few.say({ value: 'x' }).catch((error) => error)).toMatchObject({ code: Code.ResourceExhausted });
  waiting.abort();
  expect(await first).toMatchObject({ code: Code.Canceled });
  const headers = { 'x-large': 'x'.repeat(70_000) };
  await expect(few.say({ value: 'x' }, { headers })).rejects.toMatchObject({ code: Code.InvalidArgument });
});

test('many calls at a time, more than there are streams', async () => {
  const { client } = await talking();
  const values = Array.from({ length: 700 }, (_, i) => `v${i}`);
  const replies = await Promise.all(values.map((value) => client.say({ value })));
  expect(replies.map(({ value }) => value)).toEqual(values.map((value) => value.toUpperCase()));
});

test.each<[string, unknown]>([
  ['none', undefined],
  ['null', null],
  ['a list', []],
  ['no header', { path: '/talk.Talk/Say', method: 'POST' }],
  ['a wrong header', { path: '/talk.Talk/Say', method: 'POST', header: [['a']] }],
  ['a name that is none', { path: '/talk.Talk/Say', method: 'POST', header: [['a b', 'c']] }],
])('a call whose head is wrong is refused: %s', async (_, meta) => {
  const { ends } = await talking();
  const channel = openChannel(ends.client, 'connect', meta === undefined ? {} : { meta });
  await expect(channel.opened).rejects.toMatchObject({
    code: 'CHANNEL_REFUSED',
    reason: 'meta: the path, the method and the header of a call expected',
  });
});

test.each<[string, number[]]>([
  ['none', []],
  ['an absurd length', [0xff, 0xff, 0xff, 0xff]],
  ['an end within it', [0, 0, 0, 9, 0x7b]],
  ['no JSON', [0, 0, 0, 1, 0x7b]],
  ['no head', [0, 0, 0, 2, 0x7b, 0x7d]],
  ['null', [0, 0, 0, 4, 0x6e, 0x75, 0x6c, 0x6c]],
])('a response whose head is wrong is an internal error: %s', async (_, bytes) => {
  const { client } = await meet(({ server }) => {
    onChannel(server, async (channel) => {
      channel.on('error', () => {}).resume();
      for (const byte of bytes) channel.write(Uint8Array.of(byte));
      channel.end();
    });
  });
  const call = createClient(Talk, connectTransport(client, createTransport)).say({ value: 'x' });
  await expect(call).rejects.toMatchObject({ code: Code.Internal, rawMessage: /^the peer has sent/ });
});
