import type { Transport, TransportSink } from '@webson/connection';
import type { Plant, PlantedAt } from './plant.js';
import type { Random } from './random.js';
import { type SeenFrame, Sniffer } from './sniffer.js';

/** How one end of a link behaves. */
export interface EndOptions {
  /** Bytes under way from this end that the system takes before a write has to wait. */
  readonly capacity: number;
  /** What comes is lent: the memory is used again as soon as it was looked at. */
  readonly isLent: boolean;
  /** Bytes that come at a time: at most so many. */
  readonly mostAtOnce: number;
}

/** Told of what happens on a {@link Link}. */
export interface LinkWatcher {
  onFrame(from: number, frame: SeenFrame): void;
  /** An end is about to be given bytes. */
  onDelivery(to: number, bytes: Uint8Array): void;
  note(end: number, what: string): void;
  /** A connection uses its transport as it must not. */
  misuse(end: number, what: string): void;
}

/**
 * Two transports joined in memory. Nothing happens by itself: what could happen next is in `moves`, and who has the link
 * chooses. What an end writes beyond its capacity stays in the memory of its writer until the other end has read.
 */
export class Link {
  readonly ends: readonly [End, End];

  constructor(options: readonly [EndOptions, EndOptions], random: Random, watcher: LinkWatcher) {
    const left = new End(0, options[0], random, watcher);
    const right = new End(1, options[1], random, watcher);
    left.peer = right;
    right.peer = left;
    this.ends = [left, right];
  }

  /** Everything that could happen now, each to be called at most once before the list is made anew. */
  moves(): (() => void)[] {
    return [...this.ends[0].moves(), ...this.ends[1].moves()];
  }
}

/** One end of a {@link Link}. */
export class End implements Transport {
  peer!: End;
  /** What is made wrong on purpose, and what that may look at. */
  plant: Plant = {};
  circumstances: () => PlantedAt = () => ({ pending: 0, isEnding: false });
  isGone = false;
  /** The last event was told. */
  isOver = false;
  readonly #index: number;
  readonly #options: EndOptions;
  readonly #random: Random;
  readonly #watcher: LinkWatcher;
  readonly #sniffer: Sniffer;
  #sink: TransportSink | undefined;
  // What has come and was not delivered.
  #inbox: Uint8Array[] = [];
  #inboxLength = 0;
  // What was written and has no room on its way yet: memory of the writer.
  #held: Uint8Array[] = [];
  #owesDrain = false;
  #isPaused = false;
  #drains = 0;
  #resumes = 0;
  #hasEnded = false;
  #isCutOff = false;
  #isEndTold = false;
  #isBroken = false;
  #error: Error | undefined;
  // The memory that is lent, again and again.
  #lent = new Uint8Array(0);

  constructor(index: number, options: EndOptions, random: Random, watcher: LinkWatcher) {
    this.#index = index;
    this.#options = options;
    this.#random = random;
    this.#watcher = watcher;
    this.#sniffer = new Sniffer((frame) => watcher.onFrame(index, frame));
  }

  /** Nothing is read. */
  get isPaused(): boolean {
    return this.#isPaused || this.plant.listens?.(this.circumstances()) === false;
  }

  /** Bytes that have come and were not delivered. */
  get waiting(): number {
    return this.#inboxLength;
  }

  /** Bytes that were written have no room on their way. */
  get isWriting(): boolean {
    return this.#owesDrain;
  }

  start(sink: TransportSink): void {
    this.#sink = sink;
  }

  write(parts: readonly Uint8Array[]): boolean {
    if (this.#owesDrain) this.#watcher.misuse(this.#index, 'writes before onDrain');
    if (this.#hasEnded) {
      const length = parts.reduce((sum, part) => sum + part.length, 0);
      this.#watcher.misuse(this.#index, `writes ${length} bytes after it has ended its transport`);
    }
    if (this.isGone || this.isOver) return true;
    if (this.peer.isGone || this.peer.isOver) {
      this.#isBroken = true;
      return true;
    }
    this.#held = parts.filter(({ length }) => length > 0);
    this.#pass();
    this.#owesDrain = this.#held.length > 0;
    return !this.#owesDrain;
  }

  pause(): void {
    if (!this.#isPaused) this.#watcher.note(this.#index, 'pauses');
    this.#isPaused = true;
  }

  resume(): void {
    if (this.#isPaused) this.#watcher.note(this.#index, 'resumes');
    if (this.plant.resumes?.(this.#resumes++) !== false) this.#isPaused = false;
  }

  end(): void {
    if (this.#hasEnded) this.#watcher.misuse(this.#index, 'ends its transport twice');
    this.#watcher.note(this.#index, 'ends its transport');
    this.#hasEnded = true;
  }

  destroy(error?: Error): void {
    if (this.isGone) return;
    this.#watcher.note(this.#index, 'destroys its transport');
    this.isGone = true;
    this.#error = error;
    this.#inbox = [];
    this.#inboxLength = 0;
    this.#held = [];
    this.#owesDrain = false;
  }

  /** The way to the other end breaks off: nothing that is written arrives, and the other end is told of the end. */
  cutOff(): void {
    this.#watcher.note(this.#index, 'is cut off: nothing of it arrives any more');
    this.peer.#inbox = [];
    this.peer.#inboxLength = 0;
    this.#isCutOff = true;
    this.#pass();
  }

  /** What could happen at this end. */
  moves(): (() => void)[] {
    const moves: (() => void)[] = [];
    const sink = this.#sink;
    if (sink === undefined || this.isOver) return moves;
    const { peer } = this;
    const isListening = !this.isPaused && !this.isGone;
    if (isListening && this.#inboxLength > 0) moves.push(() => this.#deliver(sink));
    if (this.#owesDrain && this.#held.length === 0 && !this.isGone) moves.push(() => this.#drain(sink));
    const hasPeerEnded = peer.#hasEnded || peer.isGone || peer.#isCutOff;
    const isAllRead = this.#inboxLength === 0 && (peer.#held.length === 0 || peer.isGone || peer.#isCutOff);
    if (isListening && hasPeerEnded && isAllRead && !this.#isEndTold) moves.push(() => this.#tellEnd(sink));
    const isDone = this.#isEndTold && this.#hasEnded && this.#held.length === 0;
    if (this.isGone || this.#isBroken || isDone || (this.#isEndTold && peer.isGone)) {
      moves.push(() => this.#tellGone(sink));
    }
    return moves;
  }

  #deliver(sink: TransportSink): void {
    const most = Math.min(this.#inboxLength, this.#options.mostAtOnce);
    const length = this.#random.below(3) === 0 ? 1 + this.#random.below(most) : most;
    const chunk = this.#take(length);
    this.#watcher.note(this.#index, `reads ${length} bytes`);
    this.#watcher.onDelivery(this.#index, chunk);
    this.peer.#pass();
    sink.onData(chunk, this.#options.isLent);
    if (this.#options.isLent) chunk.fill(0xa5);
  }

  #drain(sink: TransportSink): void {
    this.#owesDrain = false;
    if (this.plant.drains?.(this.#drains++) === false) return;
    this.#watcher.note(this.#index, 'is told that all is written');
    sink.onDrain();
  }

  #tellEnd(sink: TransportSink): void {
    this.#isEndTold = true;
    this.#watcher.note(this.#index, 'is told of the end');
    sink.onEnd();
  }

  #tellGone(sink: TransportSink): void {
    this.isOver = true;
    this.isGone = true;
    this.#watcher.note(this.#index, 'is told that the transport is gone');
    sink.onClose(this.#error ?? (this.#isBroken ? new Error('broken pipe') : undefined));
  }

  // What was written goes on its way as far as there is room.
  #pass(): void {
    const { peer } = this;
    if (this.#isCutOff) {
      this.#held = [];
      return;
    }
    while (this.#held.length > 0) {
      const room = this.#options.capacity - peer.#inboxLength;
      if (room <= 0) return;
      const [part] = this.#held as [Uint8Array];
      // Not `slice`: that of a Buffer is a view.
      const passed = new Uint8Array(part.subarray(0, room));
      if (passed.length === part.length) this.#held.shift();
      else this.#held[0] = part.subarray(room);
      this.#sniffer.push(passed);
      if (peer.isGone || peer.isOver) continue;
      peer.#inbox.push(passed);
      peer.#inboxLength += passed.length;
    }
  }

  #take(length: number): Uint8Array {
    let target: Uint8Array;
    if (this.#options.isLent) {
      if (this.#lent.length < length) this.#lent = new Uint8Array(length);
      target = this.#lent.subarray(0, length);
    } else {
      target = new Uint8Array(length);
    }
    let at = 0;
    while (at < length) {
      const [first] = this.#inbox as [Uint8Array];
      const part = first.subarray(0, length - at);
      target.set(part, at);
      at += part.length;
      if (part.length === first.length) this.#inbox.shift();
      else this.#inbox[0] = first.subarray(part.length);
    }
    this.#inboxLength -= length;
    return target;
  }
}
