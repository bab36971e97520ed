import { fileURLToPath } from 'node:url';
import { Child } from '../child.js';
import type { Cores } from '../cores.js';
import type { EndpointJob, EndpointResult, Transfer } from './job.js';

/** What became of a transfer. */
export interface TransferResult extends Transfer {
  readonly sender: EndpointResult;
  readonly receiver: EndpointResult;
  /** Everything has come, and as it was sent. */
  readonly isEqual: boolean;
  /** From the receiver's first byte to its last. */
  readonly bytesPerSecond: number;
}

/** Slower than this, in bytes per second, is taken for a transfer that hangs. */
const SLOWEST = 8 * 1024 * 1024;

/** Sends one message from one new process to another. Rejects when one of them fails, or hangs. */
export async function runTransfer(transfer: Transfer, cores: Cores): Promise<TransferResult> {
  const limit = 30_000 + (transfer.size / SLOWEST) * 1000;
  const server = start({ ...transfer, side: 'server' }, cores.server);
  let client: Child | undefined;
  try {
    const { port } = (await server.line(20_000)) as { port: number };
    client = start({ ...transfer, side: 'client', port }, cores.load);
    const [ofServer, ofClient] = (await Promise.all([server.line(limit), client.line(limit)])) as [
      EndpointResult,
      EndpointResult,
    ];
    const [sender, receiver] = transfer.direction === 'up' ? [ofClient, ofServer] : [ofServer, ofClient];
    return {
      ...transfer,
      sender,
      receiver,
      isEqual: receiver.bytes === transfer.size && sender.sha256 === receiver.sha256,
      bytesPerSecond: receiver.bytes / receiver.seconds,
    };
  } finally {
    await Promise.all([server.stop(), client?.stop()]);
  }
}

function start(job: EndpointJob, core: number | undefined): Child {
  const file = fileURLToPath(new URL('./process.js', import.meta.url));
  return new Child(job.side, process.execPath, [file, JSON.stringify(job)], core);
}
