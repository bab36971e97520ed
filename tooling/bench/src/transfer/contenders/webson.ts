import { setImmediate as turn } from 'node:timers/promises';
import { type Adapter, type Connection, type ConnectionOptions, dial, type Message, MessageType } from 'webson';
import { listenWebson } from '../../harness/webson.js';
import { type EndpointJob, type EndpointResult, isSender, WARM_UP } from '../job.js';
import { Meter } from '../meter.js';
import { payload } from '../payload.js';

/** Both ends know it; enough for TLS 1.2, and no certificate can run out. */
const PSK = { identity: 'bench', psk: Buffer.alloc(32, 'transfer') };
const TLS_PSK = { ciphers: 'PSK-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' } as const;

/** Sends or receives as a user of webson would. Says where it listens, and resolves with what it found. */
export async function runWebson(job: EndpointJob, onListening: (port: number) => void): Promise<EndpointResult> {
  const options: ConnectionOptions = {
    triggerOnStart: true,
    enableStreams: job.mode === 'streams' || job.mode === 'no-flow',
    maxPayloadSize: Number.MAX_SAFE_INTEGER,
    ...(job.mode === 'no-flow' && { streamWindow: false }),
  };
  const take = (connection: Connection): Promise<EndpointResult> => {
    return isSender(job) ? send(connection, job) : receive(connection, job);
  };
  if (job.side === 'client') {
    const tls = { ...TLS_PSK, pskCallback: () => PSK, checkServerIdentity: () => undefined };
    const connection = await dial(`${job.tls ? 'wss' : 'ws'}://127.0.0.1:${job.port}`, { ...options, tls });
    return await take(connection);
  }
  return await new Promise((resolve, reject) => {
    const tls = { ...TLS_PSK, pskCallback: () => PSK.psk };
    const listening = listenWebson({ ...options, ...(job.tls && { tls }) }, (connection) => {
      take(connection).then(resolve, reject);
    });
    listening.then(({ port }) => onListening(port), reject);
  });
}

async function send(connection: Connection, job: EndpointJob): Promise<EndpointResult> {
  const sent = new Promise<Meter>((resolve, reject) => {
    connection.onReady(async (adapter: Adapter) => {
      try {
        await adapter.dispatchReader(MessageType.Binary, payload(WARM_UP));
        const meter = new Meter();
        await adapter.dispatchReader(MessageType.Binary, metered(payload(job.size), meter));
        resolve(meter);
      } catch (error) {
        reject(error);
      }
    });
  });
  const ended = connection.start();
  const meter = await sent;
  // The receiver closes when it has everything.
  await ended;
  return meter.result();
}

function* metered(pieces: Iterable<Uint8Array>, meter: Meter): Generator<Uint8Array, void, undefined> {
  for (const piece of pieces) {
    meter.pass(piece);
    yield piece;
  }
}

async function receive(connection: Connection, job: EndpointJob): Promise<EndpointResult> {
  let isWarm = false;
  let result: EndpointResult | undefined;
  connection.onMessage(MessageType.Binary, async (message: Message, adapter: Adapter) => {
    if (!isWarm) {
      isWarm = true;
      await message.completed();
      return;
    }
    const meter = new Meter();
    for await (const chunk of message.readIter()) {
      meter.pass(chunk);
      if (job.reader === 'slow') await turn();
    }
    result = meter.result();
    adapter.close();
  });
  const { code, error } = await connection.start();
  if (result === undefined)
    throw new Error(`the connection ended with ${code} before the message did`, { cause: error });
  return result;
}
