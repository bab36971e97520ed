import { type Connection, type ConnectionOptions, dial, type Server, serve } from '@webson/connection';
import { onTestFinished } from 'vitest';

/** Both ends of a connection with streams, over a socket. */
export interface Ends {
  readonly client: Connection<unknown>;
  readonly server: Connection<unknown>;
  readonly host: Server;
}

/** Connects, over TLS when there is a certificate; both ends are started when `prepare` has had them. */
export async function meet(
  prepare: (ends: Ends) => void = () => {},
  options: ConnectionOptions = {},
  tls?: { readonly cert: string; readonly key: string },
): Promise<Ends> {
  let onServer: (connection: Connection<unknown>) => void;
  const accepted = new Promise<Connection<unknown>>((resolve) => {
    onServer = resolve;
  });
  const both = { enableStreams: true, ...options };
  const secured = tls === undefined ? {} : { tls };
  const host = await serve({ host: '127.0.0.1', ...both, ...secured }, (connection) => onServer(connection));
  onTestFinished(() => host.close());
  const client: Connection<unknown> = await dial(host.url, { ...both, ...(tls && { tls: { ca: tls.cert } }) });
  const server = await accepted;
  const ends = { client, server, host };
  prepare(ends);
  for (const end of [client, server]) if (!end.isStarted) void end.start();
  onTestFinished(() => client.terminate());
  return ends;
}

/** All bytes of a stream. */
export async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Bytes that tell where they are. */
export function pattern(length: number, seed = 0): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >> 8) + seed) & 0xff;
  return bytes;
}
