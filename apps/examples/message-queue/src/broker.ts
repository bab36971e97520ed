import { type Adapter, type Connection, type Message, MessageType, type Pool, type PoolOptions } from 'webson';
import { checkTopic, decodeMessage, QueueError, Type } from './protocol.js';

const MAX_TOPICS = 100;

/**
 * Options of the pool. Publishers wait for the listeners of their topic; one that does not read for 5 s is closed with
 * 1013.
 */
export const slowListeners: PoolOptions = { slowConsumer: 'wait', stallTimeout: 5000 };

/** Sends a message on, and resolves to the number of listeners it went to as soon as there is room for the next. */
export type Publish = (payload: Uint8Array, topic: string) => Promise<number>;

/**
 * Adds a publisher or listener to the pool, and answers its requests. A topic is a group of the pool: whoever listens to
 * it is a member.
 */
export function addClient(pool: Pool, connection: Connection, publish: Publish): void {
  const topics = new Set<string>();
  const onRequest = (type: number, act: (message: Message) => string | Promise<string>): void => {
    connection.onMessage(type, (message, client) => answer(client, () => act(message)));
  };
  onRequest(Type.Subscribe, (message) => {
    const topic = checkTopic(message.text());
    if (topics.size === MAX_TOPICS && !topics.has(topic)) throw new QueueError(`at most ${MAX_TOPICS} topics`);
    topics.add(topic);
    pool.join(connection.name, topic);
    return '';
  });
  onRequest(Type.Unsubscribe, (message) => {
    const topic = checkTopic(message.text());
    topics.delete(topic);
    pool.leave(connection.name, topic);
    return '';
  });
  onRequest(Type.Publish, async (message) => {
    const payload = message.read();
    return `${await publish(payload, decodeMessage(payload).topic)}`;
  });
  for (const type of [MessageType.Text, MessageType.Binary]) {
    onRequest(type, () => {
      throw new QueueError('text and binary messages mean nothing here: see the protocol');
    });
  }
  pool.add(connection);
}

// Whoever sends requests and does not read the replies is not read from any more.
async function answer(client: Adapter, act: () => string | Promise<string>): Promise<void> {
  let hasRoom: boolean;
  try {
    hasRoom = client.dispatch(Type.Done, await act());
  } catch (error) {
    if (!(error instanceof QueueError)) throw error;
    hasRoom = client.dispatch(Type.Refused, error.message);
  }
  if (!hasRoom) await client.drained();
}
