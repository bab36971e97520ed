/** The backlog begins at this multiple of `highWaterMark`. */
const BACKLOG_FACTOR = 16;
/** The output queued for a peer may reach this multiple of the size at which the backlog begins. */
const LIMIT_FACTOR = 16;
/**
 * Least bytes of read allowance while queued output waits for a window or a pong of the peer. That frame arrives behind the
 * bytes in the socket buffers of both systems, which are some 10 MiB at most.
 */
const MIN_ALLOWANCE_FOR_PEER = 16 * 1024 * 1024;
/** A smaller `highWaterMark` counts as this many bytes. */
const MIN_HIGH_WATER_MARK = 64 * 1024;

/**
 * Back-pressure from a peer that reads more slowly than this side sends.
 *
 * The replies to a peer that sends without reading would fill the memory. So reading is limited while there is a backlog, that
 * is, while more bytes are queued for sending than a threshold of 16 times `highWaterMark`.
 *
 * Invariants:
 * - During a backlog the connection reads at most an allowance of as many bytes as the threshold, plus one byte for each byte
 *   that the peer takes. Two peers that have both sent very much thus make progress: each reads what the other has to send.
 * - From a peer that takes nothing no more than the allowance is read.
 */
export class Backlog {
  readonly #threshold: number;
  #isOver = false;
  #passedAtStart = 0;
  #passed = 0;
  #readInBacklog = 0;

  constructor(highWaterMark: number) {
    this.#threshold = thresholdOf(highWaterMark);
  }

  /** True while more bytes are queued than the threshold. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * True when the allowance is used up: nothing more should be read before the peer takes some bytes.
   *
   * @param needsPeer true when queued output waits for a window or a pong of the peer.
   */
  isFull(needsPeer: boolean): boolean {
    const allowance = needsPeer ? Math.max(this.#threshold, MIN_ALLOWANCE_FOR_PEER) : this.#threshold;
    return this.#isOver && this.#readInBacklog - (this.#passed - this.#passedAtStart) >= allowance;
  }

  /**
   * @param queued bytes that are queued for sending now.
   * @param passed bytes that the transport has taken since the connection began.
   */
  update(queued: number, passed: number): void {
    this.#passed = passed;
    if (queued <= this.#threshold) {
      this.#isOver = false;
    } else if (!this.#isOver) {
      this.#isOver = true;
      this.#passedAtStart = passed;
      this.#readInBacklog = 0;
    }
  }

  /** @param passed bytes that the transport has taken since the connection began. */
  pass(passed: number): void {
    this.#passed = passed;
  }

  /** Counts bytes that were read. */
  read(bytes: number): void {
    this.#readInBacklog += bytes;
  }
}

function thresholdOf(highWaterMark: number): number {
  return BACKLOG_FACTOR * Math.max(highWaterMark, MIN_HIGH_WATER_MARK);
}

/** Most bytes that may be queued for a peer: with more the connection fails. */
export function mostQueued(highWaterMark: number): number {
  return LIMIT_FACTOR * thresholdOf(highWaterMark);
}
