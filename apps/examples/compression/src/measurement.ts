import { once } from 'node:events';
import { connect } from 'node:net';
import { type ConnectionOptions, dial, MessageType, serve } from 'webson';

/** What it took to send messages from a server to a client. */
export interface Cost {
  /** Bytes on the wire, headers of frames included. */
  readonly bytes: number;
  /** CPU time of both ends, in microseconds. */
  readonly cpu: number;
}

/**
 * Sends the messages over a connection with this compression, both ends in this process.
 *
 * @throws ClosedError, or what else ended the connection before all had come.
 */
export async function measure(
  messages: readonly string[],
  enableCompress: NonNullable<ConnectionOptions['enableCompress']>,
): Promise<Cost> {
  await using server = await serve({ host: '127.0.0.1', enableCompress }, (ws) => {
    ws.onMessage(MessageType.Text, async (_request, client) => {
      for (const message of messages) {
        if (!client.dispatch(MessageType.Text, message)) await client.drained();
      }
    });
  });
  // A socket of our own, as that counts bytes.
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  await once(socket, 'connect');
  const ws = await dial(server.url, { enableCompress, connect: () => socket });

  let before = { bytes: 0, cpu: 0 };
  let after = before;
  let count = 0;
  const now = (): Cost => {
    const { user, system } = process.cpuUsage();
    return { bytes: socket.bytesRead, cpu: user + system };
  };
  ws.onReady((adapter) => {
    before = now();
    adapter.dispatch(MessageType.Text, 'all of them, please');
  });
  ws.onMessage(MessageType.Text, (message, adapter) => {
    if (message.text() !== messages[count++]) throw new Error(`message ${count} came as another`);
    if (count < messages.length) return;
    after = now();
    adapter.close();
  });
  const { code, error } = await ws.start();
  if (code !== 1000) throw error ?? new Error(`the connection ended with ${code}`);
  return { bytes: after.bytes - before.bytes, cpu: after.cpu - before.cpu };
}
