import {
  ClosedError,
  type CloseInfo,
  type Connection,
  type Message,
  MessageCancelledError,
  NotReadyError,
  Status,
} from 'webson';
import { contentOf, NAME_LENGTH, nameFor } from './content.js';
import type { Handled } from './load.js';
import type { Behaviour, Request, Side } from './plan.js';
import { Kind, type Traffic } from './traffic.js';
import { virtualTime } from './virtual-time.js';
import { nameOfParty, type World } from './world.js';

const REQUEST_TYPES = [1, 2, 3, 4];
const REPLY_BEHAVIOURS: readonly Behaviour[] = ['take', 'stream', 'take', 'slow'];

class PlannedError extends Error {}

/** The application at one end of a connection: sends its requests, and handles what comes as its plan says. */
export class Party {
  readonly connection: Connection;
  readonly index: number;
  /** What is owed to it that it waits for now: by number, what it is. */
  readonly waits: Map<number, string> = new Map();
  /** Senders that wait for their own source, and not for the peer. */
  pausing = 0;
  /** Handlers that have not settled. */
  pending = 0;
  /** Every message that was handed over, in order. */
  readonly handled: Handled[] = [];
  /** Handlers that wait for another message, or for what never comes. */
  readonly holds: Set<() => void> = new Set();
  readonly hangs: Set<() => void> = new Set();
  isScriptDone = false;
  info: CloseInfo | undefined;
  readonly #world: World;
  readonly #side: Side;
  readonly #out: Traffic;
  readonly #in: Traffic;
  // Requests that will come, and that have.
  readonly #expected: number;
  #requests = 0;
  #replies = 0;
  #handed = 0;
  #waitCount = 0;
  #pushes = 0;
  #sent = 0;
  #arrivals: (() => void)[] = [];

  constructor(
    index: number,
    connection: Connection,
    side: Side,
    traffic: [Traffic, Traffic],
    expected: number,
    world: World,
  ) {
    this.index = index;
    this.connection = connection;
    this.#side = side;
    [this.#out, this.#in] = traffic;
    this.#expected = expected;
    this.#world = world;
    for (const type of REQUEST_TYPES) connection.onMessage(type, (message) => this.#hand(message, this.#onRequest));
    for (const type of Object.values(Kind)) connection.onMessage(type, (message) => this.#hand(message, this.#onReply));
    world.plant.alter?.(connection);
    connection.onError((error) => this.#onError(error));
    connection.onStatus(Status.Timeout, () => {
      if (!world.isEnding) world.note(index, 'misses a pong');
    });
  }

  /** Begins; `run` of the requests follows as soon as the connection is ready. */
  start(requests: readonly Request[]): void {
    void this.connection.start().then((info) => {
      this.info = info;
      this.#world.note(this.index, `start() gives ${info.code} ${info.reason}${info.wasClean ? '' : ', not clean'}`);
    });
    this.#script(requests).then(
      () => {
        this.isScriptDone = true;
      },
      (error: unknown) => {
        this.isScriptDone = true;
        this.#onError(error);
      },
    );
  }

  close(code = 1000): void {
    this.#world.closes(this.index);
    this.connection.close(code, 'enough');
  }

  /** Lets all go on that wait for another message. */
  releaseHolds(): void {
    for (const release of this.holds) release();
    this.holds.clear();
  }

  /** Lets all go on that wait for what never comes. */
  releaseHangs(): void {
    for (const release of this.hangs) release();
    this.hangs.clear();
  }

  async #script(requests: readonly Request[]): Promise<void> {
    for (const { way, type, size, times, after } of requests) {
      if (after > 0) await virtualTime.delay(after);
      for (let i = 0; i < times; i++) {
        if (way === 'ping') {
          this.connection.ping(`${this.index} ${this.#sent++}`);
          continue;
        }
        const content = contentOf(nameFor('q', this.#sent++), size);
        if (way === 'dispatchReader') await this.#stream(type, content);
        else if (way === 'dispatchReader, given up') await this.#giveUp(type, content);
        else if (way === 'dispatchReader, not awaited')
          this.#stream(type, content).catch((error: unknown) => this.#onError(error));
        else if (!this.#dispatch(type, content) && way === 'dispatch and drained') await this.#drained('its script');
      }
    }
  }

  #dispatch(type: number, content: Uint8Array): boolean {
    const sent = this.#out.send(type, content);
    try {
      return this.connection.dispatch(type, type === 1 ? Buffer.from(content).toString('latin1') : content);
    } catch (error) {
      sent.isGivenUp = true;
      throw error;
    }
  }

  #drained(who: string): Promise<void> {
    return this.#owed(`drained() of ${who}`, this.connection.drained());
  }

  // A message from a source of its own. That the receiver wants no more of it, or the end came first, is no fault.
  async #stream(type: number, content: Uint8Array): Promise<void> {
    const sent = this.#out.send(type, content);
    try {
      await this.#owed(`dispatchReader of ${sent.name}`, this.connection.dispatchReader(type, this.#pieces(content)));
    } catch (error) {
      // Who has stopped it had got the beginning.
      if (error instanceof MessageCancelledError && REQUEST_TYPES.includes(type)) return;
      sent.isGivenUp = true;
      throw error;
    }
  }

  async #giveUp(type: number, content: Uint8Array): Promise<void> {
    const sent = this.#out.send(type, content);
    sent.isGivenUp = true;
    const pieces = this.#pieces(content);
    const source = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
      for (let i = 0; i < 2; i++) {
        const { value } = await pieces.next();
        if (value !== undefined) yield value;
      }
      throw new PlannedError('planned');
    };
    const promise = this.connection.dispatchReader(type, source());
    try {
      await this.#owed(`dispatchReader of ${sent.name}`, promise);
    } catch (error) {
      if (!(error instanceof PlannedError || error instanceof MessageCancelledError)) throw error;
    }
  }

  async *#pieces(content: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
    const size = 1 + Math.floor(content.length / (1 + (content.length % 5)));
    for (let at = 0; at < content.length; at += size) {
      // Mostly the next is there when it is wanted.
      if (at % 3 === 1) {
        this.pausing++;
        await this.#pause(at % 7);
        this.pausing--;
      }
      yield content.subarray(at, at + size);
    }
  }

  async #pause(milliseconds: number): Promise<void> {
    await virtualTime.delay(milliseconds);
  }

  async #owed<T>(what: string, promise: Promise<T>): Promise<T> {
    const number = this.#waitCount++;
    this.waits.set(number, what);
    try {
      return await promise;
    } finally {
      this.waits.delete(number);
    }
  }

  #hand(message: Message, to: (message: Message) => unknown): unknown {
    const times = this.#world.plant.hands?.(this.#handed++) ?? 'once';
    if (times === 'twice')
      this.#in.read(message.type, -1, message.isComplete ? message.read() : new Uint8Array(), true);
    if (times === 'never') return undefined;
    const place = this.handled.length;
    const returned = to(message);
    // To ask for the whole may bring it about.
    if (message.isComplete) this.handled[place]!.size = message.size;
    return returned;
  }

  readonly #onRequest = (message: Message): unknown => {
    const number = this.#requests++;
    const { behaviours } = this.#side;
    for (const tell of this.#arrivals.splice(0)) tell();
    return this.#handle(message, behaviours[number % behaviours.length]!, number);
  };

  readonly #onReply = (message: Message): unknown => {
    return this.#handle(message, REPLY_BEHAVIOURS[this.#replies++ % REPLY_BEHAVIOURS.length]!, -1);
  };

  #handle(message: Message, behaviour: Behaviour, number: number): unknown {
    const place = this.#in.hand(message.type);
    this.#world.note(this.index, `handles message ${place}, type ${message.type}: ${behaviour}`);
    const handled: Handled = { size: 0, isPending: false, taken: 0, isDone: false, settledAt: virtualTime.now };
    this.handled[place] = handled;
    if (behaviour === 'ignore') return undefined;
    if (behaviour === 'throw at once') throw new PlannedError('planned');
    if (behaviour === 'read') {
      if (message.isComplete) {
        this.#in.read(message.type, place, message.read(), true);
        handled.isDone = true;
      }
      return undefined;
    }
    this.pending++;
    if (behaviour !== 'take in passing') {
      handled.isPending = true;
      handled.settledAt = undefined;
    }
    const settled = this.#behave(message, behaviour, place, number).finally(() => {
      this.pending--;
      handled.isPending = false;
      handled.settledAt ??= virtualTime.now;
      this.#world.note(this.index, `is done with message ${place}`);
    });
    if (behaviour !== 'take in passing') return settled;
    settled.catch((error: unknown) => this.#onError(error));
    return undefined;
  }

  async #behave(message: Message, behaviour: Behaviour, place: number, number: number): Promise<void> {
    switch (behaviour) {
      case 'ignore later':
        return this.#pause(1 + (place % 20));
      case 'slow':
      case 'stream':
      case 'leave':
      case 'half':
        return this.#readPieces(message, behaviour, place);
      case 'pipe':
        return this.#pipe(message, place);
      default:
    }
    const content = await this.#whole(message, place);
    if (behaviour === 'echo') {
      if (!this.#dispatch(Kind.Echo, content)) await this.#drained(`the handler of message ${place}`);
    } else if (behaviour === 'echo pieces') {
      await this.#stream(Kind.EchoPieces, content);
    } else if (behaviour === 'push') {
      const pushed = contentOf(nameFor('p', this.#pushes++), NAME_LENGTH + ((place * 997) % 3000));
      if (!this.#dispatch(Kind.Push, pushed)) await this.#drained(`the handler of message ${place}`);
    } else if (behaviour === 'throw') {
      throw new PlannedError('planned');
    } else if (behaviour === 'close') {
      this.close();
    } else if (behaviour === 'hang') {
      await new Promise<void>((resolve) => this.hangs.add(resolve));
    } else if (behaviour === 'hold' && number + 1 < this.#expected && this.#requests <= number + 1) {
      await this.#nextRequest();
    }
  }

  async #whole(message: Message, place: number): Promise<Uint8Array> {
    this.handled[place]!.isDone = true;
    if (!message.isComplete) await this.#owed(`completed() of message ${place}`, message.completed());
    const content = this.#world.plant.reads?.(message.read()) ?? message.read();
    this.#in.read(message.type, place, content, true);
    return content;
  }

  async #readPieces(message: Message, behaviour: Behaviour, place: number): Promise<void> {
    const source = behaviour === 'stream' ? message.stream() : message.readIter();
    const iterator = source[Symbol.asyncIterator]();
    const parts: Uint8Array[] = [];
    let isWhole = false;
    for (;;) {
      const next = await this.#owed(`the next piece of message ${place}`, iterator.next());
      if (next.done === true) {
        isWhole = true;
        break;
      }
      parts.push(next.value);
      this.handled[place]!.taken += next.value.length;
      if (behaviour === 'half') break;
      if (behaviour === 'leave') {
        this.handled[place]!.isDone = true;
        await iterator.return?.(undefined);
        break;
      }
      if (behaviour === 'slow') await this.#pause((parts.length * 7 + place) % 40);
    }
    this.#in.read(message.type, place, Buffer.concat(parts), isWhole);
  }

  // Sends a message back as it comes.
  async #pipe(message: Message, place: number): Promise<void> {
    const sent = this.#out.open(Kind.EchoPieces);
    const traffic = { in: this.#in, out: this.#out };
    const handled = this.handled[place]!;
    const source = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
      const parts: Uint8Array[] = [];
      for await (const part of message.readIter()) {
        parts.push(part);
        handled.taken += part.length;
        yield part;
      }
      const content = Buffer.concat(parts);
      traffic.in.read(message.type, place, content, true);
      traffic.out.complete(sent, content);
    };
    try {
      const promise = this.connection.dispatchReader(Kind.EchoPieces, source());
      await this.#owed(`dispatchReader of what comes as message ${place}`, promise);
    } catch (error) {
      sent.isGivenUp = true;
      throw error;
    }
  }

  async #nextRequest(): Promise<void> {
    let release = (): void => {};
    const arrival = new Promise<void>((resolve) => {
      release = resolve;
      this.#arrivals.push(resolve);
    });
    this.holds.add(release);
    await arrival;
    this.holds.delete(release);
  }

  #onError(error: unknown): void {
    if (error instanceof PlannedError) return;
    const isCutShort =
      error instanceof ClosedError || error instanceof MessageCancelledError || error instanceof NotReadyError;
    if (isCutShort && (this.#world.isEnding || this.#world.mayBeGivenUp(error))) return;
    this.#world.fault(`${nameOfParty(this.index)} got an error: ${String(error)}`);
  }
}
