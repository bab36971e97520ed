import { create, createFileRegistry } from '@bufbuild/protobuf';
import type { GenService } from '@bufbuild/protobuf/codegenv2';
import {
  FileDescriptorProtoSchema,
  file_google_protobuf_wrappers,
  type StringValueSchema,
} from '@bufbuild/protobuf/wkt';
import { createClient, createConnectRouter } from '@connectrpc/connect';
import { createTransport } from '@connectrpc/connect/protocol-connect';
import { connectHandlers, connectTransport } from '@webson/channels';
import { listenWebson } from '../../harness/webson.js';
import type { Session } from '../session.js';
import { connectWebson } from './connection.js';

type EchoService = GenService<{
  echo: { methodKind: 'unary'; input: typeof StringValueSchema; output: typeof StringValueSchema };
}>;

const type = '.google.protobuf.StringValue';
const file = create(FileDescriptorProtoSchema, {
  name: 'echo.proto',
  package: 'bench',
  syntax: 'proto3',
  dependency: ['google/protobuf/wrappers.proto'],
  service: [{ name: 'Echo', method: [{ name: 'Echo', inputType: type, outputType: type }] }],
});
const Echo = createFileRegistry(file, () => file_google_protobuf_wrappers).getService('bench.Echo') as EchoService;

export async function listen(): Promise<number> {
  const { handlers } = createConnectRouter().service(Echo, { echo: ({ value }) => ({ value }) });
  const { port } = await listenWebson({ enableStreams: true }, (connection) => {
    connectHandlers(connection, handlers);
    void connection.start();
  });
  return port;
}

export async function connect(port: number): Promise<Session> {
  const client = createClient(Echo, connectTransport(await connectWebson(port), createTransport));
  return { echo: async (value) => (await client.echo({ value })).value };
}
