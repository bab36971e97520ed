import { portOf, withChildren } from '../harness/children.js';
import type { Cores } from '../harness/cores.js';
import type { Transfer } from './cells.js';
import type { EndpointJob, EndpointResult } from './job.js';

const program = new URL('./endpoint-process.js', import.meta.url);

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
export function runTransfer(transfer: Transfer, cores: Cores): Promise<TransferResult> {
  return withChildren(async (start) => {
    const limit = 30_000 + (transfer.size / SLOWEST) * 1000;
    const startEnd = (job: EndpointJob, core: number | undefined) =>
      start(job.side, program, [JSON.stringify(job)], { core });
    const server = startEnd({ ...transfer, side: 'server' }, cores.server);
    const port = await portOf(server);
    const client = startEnd({ ...transfer, side: 'client', port }, cores.load);
    const found = await Promise.all([server.line(limit), client.line(limit)]);
    const [ofServer, ofClient] = found as [EndpointResult, EndpointResult];
    const [sender, receiver] = transfer.direction === 'up' ? [ofClient, ofServer] : [ofServer, ofClient];
    return {
      ...transfer,
      sender,
      receiver,
      isEqual: receiver.bytes === transfer.size && sender.sha256 === receiver.sha256,
      bytesPerSecond: receiver.bytes / receiver.seconds,
    };
  });
}
