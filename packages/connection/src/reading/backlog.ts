/** Above so many times `highWaterMark`, what is queued for a peer is called a backlog. */
const MARKS = 16;
/** What is queued may be so many times as much as where the backlog begins. */
const MOST_MARKS = 16;
/**
 * Bytes that may be read on trust at least while what is queued waits for the peer's word, a window or a pong: that lies behind
 * what both systems hold for the socket, some 10 MiB at most.
 */
const LEAST_TRUST = 16 * 1024 * 1024;
/** A `highWaterMark` below this many bytes stands for as many. */
const SMALLEST_MARK = 64 * 1024;

/**
 * What is queued for a peer that takes less than is sent to it.
 *
 * A peer that sends and does not read would have the replies fill the memory. Above a mark the connection reads on trust:
 * as many bytes as the mark, and as many more as the peer takes; so two peers that have both sent very much at once go on,
 * each by reading what the other has to get rid of. One that takes nothing is read no more.
 */
export class Backlog {
  readonly #mark: number;
  #isOver = false;
  #passedBefore = 0;
  #passed = 0;
  #read = 0;

  constructor(highWaterMark: number) {
    this.#mark = markOf(highWaterMark);
  }

  /** True while more than the mark is queued. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * True when nothing more should be read before the peer takes something.
   *
   * @param needsWord what is queued may not leave before the peer has said something.
   */
  isFull(needsWord: boolean): boolean {
    const trust = needsWord ? Math.max(this.#mark, LEAST_TRUST) : this.#mark;
    return this.#isOver && this.#read - (this.#passed - this.#passedBefore) >= trust;
  }

  /** Bytes that the peer has taken, as it was told last. */
  get passed(): number {
    return this.#passed;
  }

  /** Tells how many bytes are queued, and how many were ever passed on. */
  update(queued: number, passed: number): void {
    this.#passed = passed;
    if (queued <= this.#mark) {
      this.#isOver = false;
    } else if (!this.#isOver) {
      this.#isOver = true;
      this.#passedBefore = passed;
      this.#read = 0;
    }
  }

  /** Counts bytes that were read. */
  read(bytes: number): void {
    this.#read += bytes;
  }
}

function markOf(highWaterMark: number): number {
  return MARKS * Math.max(highWaterMark, SMALLEST_MARK);
}

/** Bytes beyond which nothing more is queued for a peer, whoever sends it: the connection fails. */
export function mostQueued(highWaterMark: number): number {
  return MOST_MARKS * markOf(highWaterMark);
}
