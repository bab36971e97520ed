import { type CloseInfo, type Connection, MessageType } from '@webson/connection';

/** The server: says what it has heard. Resolves when the connection has ended. */
export function answer(connection: Connection): Promise<CloseInfo> {
  connection.onMessage(MessageType.Text, (message, client) => {
    client.dispatch(MessageType.Text, `you said: ${message.text()}`);
  });
  return connection.start();
}

/** The client: says something, prints the answer, and closes. */
export async function ask(connection: Connection, text: string): Promise<void> {
  connection.onReady((server) => server.dispatch(MessageType.Text, text));
  connection.onMessage(MessageType.Text, (message, server) => {
    process.stdout.write(`${message.text()}\n`);
    server.close();
  });
  const { code } = await connection.start();
  process.stdout.write(`closed with ${code}\n`);
}
