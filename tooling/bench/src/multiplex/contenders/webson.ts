import { type Adapter, type ConnectionOptions, dial, type Message, MessageType } from 'webson';
import { listenWebson } from '../../harness/webson.js';
import { Answer, type Direction, PING_LENGTH, piece, type Session, toPing } from '../session.js';

function optionsOf(isMultiplexed: boolean): ConnectionOptions {
  return { enableStreams: isMultiplexed, triggerOnStart: true };
}

export async function listen(): Promise<number> {
  const { port } = await listenWebson(optionsOf(true), (connection) => {
    let received = 0;
    connection
      .onMessage(MessageType.Binary, async (message) => {
        for await (const chunk of message.readIter()) received += chunk.length;
      })
      .onMessage(MessageType.Text, async (message, adapter) => {
        const text = await textOf(message);
        if (text.startsWith('down')) sendBulk(adapter, Number(text.slice(4)));
        else adapter.dispatch(MessageType.Text, toPing(received));
      })
      .onMessage(MessageType.Ping, (message, adapter) => {
        adapter.pong(message.size === PING_LENGTH ? toPing(received) : message.read());
      })
      .onError(() => {});
  });
  return port;
}

export async function connect(port: number, isMultiplexed: boolean): Promise<Session> {
  const connection = await dial(`ws://127.0.0.1:${port}`, optionsOf(isMultiplexed));
  const answer = new Answer();
  let received = 0;
  connection
    .onMessage(MessageType.Binary, async (message) => {
      for await (const chunk of message.readIter()) received += chunk.length;
    })
    .onMessage(MessageType.Text, async (message) => answer.came(await textOf(message)))
    .onMessage(MessageType.Pong, (message, adapter) => {
      adapter.refreshPongTime();
      if (message.size === PING_LENGTH) answer.came(message.text());
    });
  const adapter = await new Promise<Adapter>((resolve) => {
    connection.onReady(resolve);
    void connection.start();
  });
  let pings = 0;
  return {
    get received() {
      return received;
    },
    ping() {
      const next = answer.next();
      // Without streams a message waits for the end of the one before it; a control frame does not.
      if (isMultiplexed) adapter.dispatch(MessageType.Text, toPing(++pings));
      else adapter.ping(toPing(++pings));
      return next;
    },
    bulk(direction: Direction, count: number) {
      if (direction === 'up') sendBulk(adapter, count);
      else adapter.dispatch(MessageType.Text, `down${count}`);
    },
  };
}

function sendBulk(adapter: Adapter, count: number): void {
  for (let i = 0; i < count; i++) adapter.dispatchReader(MessageType.Binary, endless()).catch(() => {});
}

function* endless(): Generator<Uint8Array, never, undefined> {
  for (;;) yield piece;
}

async function textOf(message: Message): Promise<string> {
  return (message.isComplete ? message : await message.completed()).text();
}
