import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Adapter, type Connection, type Message, MessageType, type ServeOptions, serve } from 'webson';
import { certificate, key } from '../certificate.js';
import { type Stand, type StandOptions, Witness } from '../stand.js';

/** What a stand does with each connection. */
export type Attend = (ws: Connection<unknown>, witness: Witness) => unknown;

/** A stand that `serve` makes. */
export async function serving(options: StandOptions, attend: Attend, ask?: Stand['ask']): Promise<Stand> {
  const witness = new Witness();
  const folder = options.isLocal === true ? mkdtempSync(join(tmpdir(), 'webson-')) : undefined;
  const server = await serve(serveOptions(options, witness, folder), (ws) => {
    witness.watch(ws);
    return attend(ws, witness);
  });
  const { address, url } = server;
  return {
    url,
    port: typeof address === 'string' ? 0 : address.port,
    async ask(order, detail): Promise<unknown> {
      if (order === 'drain') {
        void server.drain(detail as object);
        return undefined;
      }
      if (order === 'count') return server.connections.size;
      if (order === 'report') return witness.report;
      return ask?.(order, detail);
    },
    async close() {
      await server.close();
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
      return witness.report;
    },
  };
}

/** The options of `serve` for those that pass through JSON. */
export function serveOptions(options: StandOptions, witness: Witness, folder?: string): ServeOptions {
  const { tls, host = '127.0.0.1', port, privateMask, serve: others } = options;
  return {
    ...others,
    ...(folder === undefined ? { host, port: port ?? 0 } : { socketPath: join(folder, 'socket') }),
    ...(tls === true && { tls: { cert: certificate, key } }),
    ...(privateMask !== undefined && { privateMask: Uint8Array.from(privateMask) }),
    // A page of the suite has no host.
    origins: '*',
    onError: (error) => witness.hear(error),
  };
}

/** Sends back what comes, type by type. */
export function echoing(ws: Connection<unknown>, types: readonly number[] = []): void {
  const send = (message: Message, adapter: Adapter): void => {
    adapter.dispatch(message.type, message.type === MessageType.Text ? message.text() : message.read());
  };
  for (const type of [MessageType.Text, MessageType.Binary, ...types]) ws.onMessage(type, send);
}
