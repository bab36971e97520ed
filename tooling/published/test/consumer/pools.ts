import {
  type CloseInfo,
  type Connection,
  type DialTarget,
  MessageType,
  Pool,
  type PoolNode,
  type PoolOptions,
  type RedialEvent,
  Status,
  type Undelivered,
} from 'webson';

const options: PoolOptions = { name: 'feeds', size: 100, clientRetry: Number.POSITIVE_INFINITY, slowConsumer: 'close' };

async function target(attempt: number): Promise<DialTarget> {
  const url = new URL(`ws://127.0.0.1:${8000 + (attempt % 2)}`);
  return attempt === 0 ? url : { url, options: { extraHeaders: { 'X-Attempt': String(attempt) } } };
}

function why(event: RedialEvent): string {
  if (event.step !== 'wait' && event.step !== 'giveUp') return `${event.step} ${event.attempt}`;
  const cause: CloseInfo | Error = event.cause;
  return 'code' in cause ? String(cause.code) : cause.message;
}

function again({ type, payload, reason, mayBeSent }: Undelivered): string {
  return `${type} ${payload.length} ${reason} ${mayBeSent}`;
}

export async function pool(connections: Iterable<Connection>): Promise<number> {
  const feeds = new Pool(options)
    .onStatus((status, adapter) => console.log(status === Status.Ready, adapter.name, adapter.group))
    .onMessage((message, adapter) => adapter.dispatch(message.type, message.text()))
    .onUndelivered((undelivered) => console.warn(again(undelivered)))
    .onRedial((event) => console.warn(why(event)));
  const node: PoolNode = { name: 'one', group: ['a', 'b'] };
  for (const connection of connections) feeds.add(connection, node);
  const dialled: Connection = await feeds.dial(target, { protocols: 'v1' }, { name: 'two', group: 'a' });
  feeds.toGroup('a', MessageType.Text, 'others', { except: dialled.name });
  console.log(feeds.has('two') && feeds.get('two') === dialled, dialled.groups, feeds.members('a'), feeds.groups());
  const reached: number = feeds.dispatch(MessageType.Text, 'all') + feeds.toGroup('a', MessageType.Text, 'some');
  if (feeds.toPick('one', MessageType.Text, 'you') && feeds.join('one', 'c')) feeds.leave('one', 'c');
  for (const connection of feeds) feeds.castOut(connection);
  await feeds.drained();
  await feeds.drain({ code: 1012, batch: 10, interval: 100, deadline: 1000 });
  await feeds.wait();
  return reached;
}

// @ts-expect-error an option of another name
void new Pool({ retries: 1 });
