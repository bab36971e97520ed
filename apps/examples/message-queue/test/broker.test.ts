import { expect, it, onTestFinished } from 'vitest';
import { type CloseInfo, type Connection, dial, MessageType } from 'webson';
import { encodeMessage, MAX_BODY, QueueError, Type, wireOptions } from '../src/protocol.js';
import { QueueClient } from '../src/queue-client.js';
import { startServer } from './commands.js';

interface Client {
  readonly connection: Connection;
  readonly queue: QueueClient;
  readonly ended: Promise<CloseInfo>;
  /** The bodies of the messages, in the order they came. */
  readonly bodies: string[];
}

async function openClient(url: string): Promise<Client> {
  const connection = await dial(url, wireOptions);
  const queue = new QueueClient(connection);
  const bodies: string[] = [];
  queue.onMessage(({ body }) => bodies.push(Buffer.from(body).toString()));
  const ended = connection.start();
  onTestFinished(async () => {
    connection.close();
    await ended;
  });
  return { connection, queue, ended, bodies };
}

it('sends to those that are subscribed now, and counts them', async () => {
  const { url } = await startServer();
  const listener = await openClient(url);
  const { queue } = await openClient(url);
  expect(await queue.publish('a', 'nobody')).toBe(0);
  await listener.queue.subscribe('a');
  await listener.queue.subscribe('a');
  expect(await queue.publish('a', 'one')).toBe(1);
  await listener.queue.unsubscribe('a');
  expect(await queue.publish('a', 'two')).toBe(0);
  await listener.queue.unsubscribe('a');
  await listener.queue.subscribe('b');
  expect(await listener.queue.publish('b', new Uint8Array(MAX_BODY))).toBe(1);
  // The reply may be there before the message: it is a control message.
  await expect.poll(() => listener.bodies).toEqual(['one', '\0'.repeat(MAX_BODY)]);
});

it('refuses what is wrong with the reason, and goes on', async () => {
  const { url } = await startServer();
  const { connection, queue } = await openClient(url);
  const refusals: string[] = [];
  let onRefusal: () => void = () => {};
  connection.onMessage(Type.Refused, (message) => {
    refusals.push(message.text());
    onRefusal();
  });
  const send = (type: number, payload: string | Uint8Array): Promise<void> =>
    new Promise((resolve) => {
      onRefusal = resolve;
      connection.dispatch(type, payload);
    });
  const topicWanted = 'a topic is 1 to 64 letters, digits and _ . / -';
  await send(Type.Subscribe, 'no topic');
  await send(Type.Unsubscribe, '');
  await send(Type.Publish, '');
  await send(Type.Publish, Uint8Array.of(200, 65));
  await send(MessageType.Text, 'hello');
  await send(MessageType.Binary, encodeMessage('a', 'hello'));
  expect(refusals).toEqual([
    topicWanted,
    topicWanted,
    'a message that ends before its topic does',
    'a message that ends before its topic does',
    'text and binary messages mean nothing here: see the protocol',
    'text and binary messages mean nothing here: see the protocol',
  ]);
  expect(await queue.publish('a', '')).toBe(0);
});

it('takes a hundred topics per listener', async () => {
  const { url } = await startServer();
  const { queue } = await openClient(url);
  for (let number = 0; number < 100; number++) await queue.subscribe(`topic/${number}`);
  await expect(queue.subscribe('one-more')).rejects.toThrow(new QueueError('at most 100 topics'));
  await queue.subscribe('topic/7');
  await queue.unsubscribe('topic/7');
  await queue.subscribe('one-more');
});

it('closes the connection of who breaks the protocol, and of nobody else', async () => {
  const { url } = await startServer();
  const bystander = await openClient(url);
  await bystander.queue.subscribe('a');
  const strange = await openClient(url);
  strange.connection.dispatch(Type.Message, encodeMessage('a', 'not for clients to send'));
  expect(await strange.ended).toMatchObject({ code: 1002 });
  const large = await openClient(url);
  large.connection.dispatch(Type.Publish, new Uint8Array(MAX_BODY + 100));
  expect(await large.ended).toMatchObject({ code: 1009 });
  await expect(large.queue.publish('a', 'late')).rejects.toMatchObject({ code: 'CLOSED' });
  expect(await bystander.queue.publish('a', 'still here')).toBe(1);
});

it('has publishers wait for slow listeners, and closes one that does not read at all', async () => {
  const { url } = await startServer();
  const [{ queue }, reader, sleeper] = await Promise.all([openClient(url), openClient(url), openClient(url)]);
  let wake = (): void => {};
  const woken = new Promise<void>((resolve) => {
    wake = resolve;
  });
  sleeper.queue.onMessage(() => woken);
  await reader.queue.subscribe('a');
  await sleeper.queue.subscribe('a');
  const body = 'x'.repeat(MAX_BODY);
  const counts: number[] = [];
  while (counts.at(-1) !== 1) counts.push(await queue.publish('a', body));
  // The one that reads has got all of them: nothing was dropped.
  await expect.poll(() => reader.bodies.length).toBe(counts.length);
  expect(reader.bodies.every((each) => each === body)).toBe(true);
  wake();
  expect(await sleeper.ended).toMatchObject({ code: 1013, reason: 'too slow' });
});

it('rejects requests that the end of the connection leaves without a reply', async () => {
  const { child, url } = await startServer();
  const { queue, ended } = await openClient(url);
  child.process.kill('SIGSTOP');
  const request = queue.publish('a', 'lost');
  child.process.kill('SIGKILL');
  await expect(request).rejects.toMatchObject({ code: 'CLOSED' });
  expect(await ended).toMatchObject({ code: 1006 });
});
