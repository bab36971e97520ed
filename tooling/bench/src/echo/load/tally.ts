import { setTimeout as sleep } from 'node:timers/promises';
import { type Usage, watchCpu } from '../../harness/cpu.js';
import type { Job, Measurement } from './job.js';

/** What was counted while the clock ran. */
interface Counted {
  readonly messages: number;
  readonly usage: Usage;
}

/** What has happened so far under a load. */
export class Tally {
  /** Messages that came back as they had to, since the clock was started last. */
  messages = 0;
  errors = 0;
  #firstError: string | undefined;

  /** The first error, in words. */
  get firstError(): string | undefined {
    return this.#firstError;
  }

  /** Takes note of an error, or of so many that are alike. */
  fail(reason: string, count = 1): void {
    this.errors += count;
    this.#firstError ??= reason;
  }

  /**
   * Lets a load that is going warm up, then counts for as long as the job says; and until the first message, but no longer
   * than `patience` takes: on a crowded machine a short time may bring nothing.
   */
  async count({ warmup, seconds, serverPid }: Job, patience: () => Promise<void>): Promise<Counted> {
    await sleep(warmup * 1000);
    this.messages = 0;
    const used = watchCpu(serverPid);
    await sleep(seconds * 1000);
    await patience();
    const usage = used();
    return { messages: this.messages, usage };
  }

  /** What came of the load, when it is over. */
  measurement({ messages, usage }: Counted, lost: number): Measurement {
    const { seconds, own, other } = usage;
    return {
      ...{ messages, seconds, messagesPerSecond: messages / seconds },
      ...{ loadCpu: own.cpu, loadWaiting: own.waiting },
      ...(other !== undefined && { serverCpu: other.cpu, serverWaiting: other.waiting }),
      ...{ errors: this.errors, lost },
      ...(this.#firstError !== undefined && { firstError: this.#firstError }),
    };
  }
}
