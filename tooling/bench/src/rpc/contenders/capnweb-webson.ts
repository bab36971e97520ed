import { capnwebTransport } from '@webson/channels';
import { RpcSession } from 'capnweb';
import { listenWebson } from '../../harness/webson.js';
import type { Session } from '../session.js';
import { connectWebson } from './connection.js';
import { EchoTarget } from './echo-target.js';

export async function listen(): Promise<number> {
  const { port } = await listenWebson({ enableStreams: true }, (connection) => {
    void new RpcSession(capnwebTransport(connection), new EchoTarget());
    void connection.start();
  });
  return port;
}

export async function connect(port: number): Promise<Session> {
  const stub = new RpcSession<EchoTarget>(capnwebTransport(await connectWebson(port))).getRemoteMain();
  return { echo: async (text) => await stub.echo(text) };
}
