import type { SharedFile } from '../shared/protocol.js';
import { Rate } from './rate.js';

/** Where a transfer stands. */
export type TransferState = 'waiting' | 'moving' | 'checking' | 'done' | 'failed' | 'cancelled';

/** A file on its way from this page, or to it. */
export class Transfer {
  readonly key: string;
  readonly name: string;
  readonly size: number;
  /** What is sent; undefined for what is received. */
  readonly source: File | undefined;
  /** What is received; of what is sent, what has become of it at the server. */
  file: SharedFile | undefined;
  state: TransferState = 'waiting';
  /** Bytes that have passed. */
  moved = 0;
  /** What came out at this end, in hexadecimal digits; '' before. */
  sha256 = '';
  /** Why it has failed, for people. */
  reason = '';
  /** What was received. */
  url = '';
  /** Ends what is under way. */
  stop: () => void = () => {};
  /** Counts how often it has begun. */
  attempt = 0;
  #rate = new Rate();

  constructor(key: string, source: File | SharedFile) {
    this.key = key;
    this.name = source.name;
    this.size = source.size;
    this.source = 'id' in source ? undefined : source;
    this.file = 'id' in source ? source : undefined;
  }

  get isUpload(): boolean {
    return this.source !== undefined;
  }

  get isOver(): boolean {
    return this.state === 'done' || this.state === 'failed' || this.state === 'cancelled';
  }

  /** Bytes a second, lately; undefined while that cannot be said. */
  get rate(): number | undefined {
    return this.#rate.perSecond(this.moved, performance.now());
  }

  /** Whether this attempt is under way. */
  isMoving(attempt: number): boolean {
    return this.state === 'moving' && this.attempt === attempt;
  }

  /** It begins, for the first time or anew. */
  begin(): void {
    this.attempt++;
    this.stop = () => {};
    this.state = 'moving';
    this.moved = 0;
    this.sha256 = '';
    this.reason = '';
    this.#rate = new Rate();
    this.#rate.add(0, performance.now());
  }

  /** So many bytes more have passed. */
  move(bytes: number): void {
    this.moved += bytes;
    this.#rate.add(this.moved, performance.now());
  }

  /** It has ended. */
  end(state: TransferState, reason = ''): void {
    this.state = state;
    this.reason = reason;
  }
}
