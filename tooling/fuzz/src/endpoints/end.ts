import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import { pooled } from '@webson/connection/internal';
import { ClosedError, type CloseInfo, type Connection, type Message, MessageCancelledError, Status } from 'webson';
import type { EndPlan, ReadingKind } from './plan.js';
import { type Content, contentOf, type ScriptItem } from './script.js';
import { sourceOf } from './source.js';

/** A message that has come, and what its handler got of it: of one that was left, the beginning. */
export interface Arrival extends Content {
  readonly how: ReadingKind;
  readonly isWhole: boolean;
}

/** What became of an item of a script on one connection. */
export type Fate = 'sent' | 'cancelled' | 'refused' | 'closed';

/** Types that both ends take beside text and binary. */
const TYPES = [1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 14];
/** A payload of so many bytes is sent from where it lies: it has to stay as it is. */
const SENT_IN_PLACE = 32 * 1024;

/** One end of one connection: says what its script says, and keeps what comes until it is looked at. */
export class End {
  readonly connection: Connection;
  readonly problems: string[] = [];
  /** By item of the script; a hole where it was not reached. */
  readonly fates: Fate[] = [];
  /** How the connection ended. */
  info: CloseInfo | undefined;
  readonly ended: Promise<void>;
  readonly ready: Promise<void>;
  readonly #plan: EndPlan;
  // Payloads are looked at when all is over: memory that was used twice shows.
  readonly #arrivals: { type: number; how: ReadingKind; isWhole: boolean; pieces: readonly Uint8Array[] }[] = [];
  #settled = 0;
  #pending: Promise<unknown>[] = [];

  constructor(connection: Connection, plan: EndPlan) {
    this.connection = connection;
    this.#plan = plan;
    for (const type of TYPES) connection.onMessage(type, (message) => this.#take(message));
    connection.onError((error) => this.problems.push(`onError: ${String(error)}`));
    this.ready = new Promise((resolve) => connection.onReady(() => resolve()));
    this.ended = new Promise((resolve) =>
      connection.onStatus(Status.Closed, () => {
        this.info = pooled(connection).ending?.info;
        resolve();
      }),
    );
    connection.onStatus(Status.Timeout, () => this.problems.push('took its peer for dead'));
  }

  /** Messages whose handlers are through. */
  get settled(): number {
    return this.#settled;
  }

  /** Handlers are not through with all that has come. */
  get isReading(): boolean {
    return this.#settled < this.#arrivals.length;
  }

  /** What has come, in the order in which the handlers were called. */
  get arrivals(): Arrival[] {
    return this.#arrivals.map(({ pieces, ...rest }) => ({ ...rest, payload: Buffer.concat(pieces) }));
  }

  /** Sends one item, as it says; resolves when the next may follow. */
  async say(item: ScriptItem, index: number): Promise<void> {
    const { connection } = this;
    try {
      const { type, payload } = contentOf(item);
      if (item.how === 'dispatch' || item.how === 'buffer') this.#dispatch(item, type, payload);
      else this.#follow(index, connection.dispatchReader(type, sourceOf(item, payload)));
      this.fates[index] ??= 'sent';
      await this.rest(item);
    } catch (error) {
      this.#fail(index, error);
    }
  }

  /** What is done after an item that was sent. */
  async rest({ after }: ScriptItem): Promise<void> {
    if (after === 'turn') await turn();
    if (after === 'drained') await this.connection.drained().catch(onlyClosed);
    if (after === 'sent') await this.sent();
  }

  /** Resolves when nothing is sent piece by piece any more. */
  async sent(): Promise<void> {
    const pending = this.#pending;
    this.#pending = [];
    await Promise.all(pending);
  }

  #dispatch(item: ScriptItem, type: number, payload: Uint8Array): void {
    const { connection } = this;
    if (item.how === 'buffer') connection.dispatch(type, payload.buffer as ArrayBuffer);
    else if (type === 1 && item.seed % 2 === 0) connection.dispatch(type, Buffer.from(payload).toString('utf8'));
    else connection.dispatch(type, payload);
    // Fewer bytes are copied at once, by the documents: what becomes of them is nobody's business.
    if (payload.length < SENT_IN_PLACE) payload.fill(0x21);
  }

  #follow(index: number, sending: Promise<void>): void {
    this.#pending.push(sending.catch((error: unknown) => this.#fail(index, error)));
  }

  #fail(index: number, error: unknown): void {
    if (error instanceof ClosedError) this.fates[index] = 'closed';
    else if (error instanceof MessageCancelledError) this.fates[index] = 'cancelled';
    else this.problems.push(`item ${index}: ${String(error)}`);
  }

  async #take(message: Message): Promise<void> {
    const { readings, pace } = this.#plan;
    const wanted = readings[this.#arrivals.length % readings.length] as ReadingKind;
    const how = fitting(wanted, message, this.#plan.triggerOnStart);
    const pieces: Uint8Array[] = [];
    const arrival = { type: message.type, how, isWhole: how !== 'leave', pieces };
    this.#arrivals.push(arrival);
    try {
      await read(message, how, pieces);
    } catch (error) {
      // A Close may come before the end of a message, and its sender may give it up then.
      arrival.isWhole = false;
      if (!(error instanceof ClosedError || error instanceof MessageCancelledError)) throw error;
    } finally {
      if (pace === 'microtask') await undefined;
      if (pace === 'turn') await turn();
      if (pace === 'millisecond' && this.#settled % 16 === 0) await delay(1);
      this.#settled++;
    }
  }
}

// What is not complete cannot be read at once; nothing can be left of what is.
function fitting(wanted: ReadingKind, { isControl, type }: Message, isArriving: boolean): ReadingKind {
  if (isControl) return 'read';
  if (isArriving) return wanted === 'read' || wanted === 'text' ? 'completed' : wanted;
  if (wanted === 'text' && type !== 1) return 'read';
  return wanted === 'leave' ? 'iterate' : wanted;
}

async function read(message: Message, how: ReadingKind, pieces: Uint8Array[]): Promise<void> {
  if (how === 'read') pieces.push(message.read());
  if (how === 'text') pieces.push(Buffer.from(message.text(), 'utf8'));
  if (how === 'completed') pieces.push((await message.completed()).read());
  if (how === 'iterate') for await (const piece of message.readIter()) pieces.push(piece);
  if (how === 'leave') {
    for await (const piece of message.readIter()) {
      pieces.push(piece);
      break;
    }
  }
  if (how === 'stream') for await (const piece of message.stream()) pieces.push(piece);
}

// What waits for a connection that is gone may reject so.
function onlyClosed(error: unknown): void {
  if (!(error instanceof ClosedError)) throw error;
}
