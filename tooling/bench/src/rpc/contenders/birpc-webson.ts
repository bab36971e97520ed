import { birpcChannel } from '@webson/channels';
import { createBirpc } from 'birpc';
import { listenWebson } from '../../harness/webson.js';
import type { Session } from '../session.js';
import { connectWebson } from './connection.js';

export async function listen(): Promise<number> {
  const { port } = await listenWebson({ enableStreams: true }, (connection) => {
    createBirpc({ echo: (text: string) => text }, birpcChannel(connection));
    void connection.start();
  });
  return port;
}

export async function connect(port: number): Promise<Session> {
  const rpc = createBirpc<Session>({}, birpcChannel(await connectWebson(port)));
  return { echo: (text) => rpc.echo(text) };
}
