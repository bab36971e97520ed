import { type Connection, dial } from 'webson';

/** A connection with streams, started. */
export async function connectWebson(port: number): Promise<Connection> {
  const connection = await dial(`ws://127.0.0.1:${port}`, { enableStreams: true });
  void connection.start();
  return connection;
}
