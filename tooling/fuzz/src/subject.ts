import { setImmediate as turn } from 'node:timers/promises';
import {
  nodePlatform,
  type Platform,
  resolveOptions,
  type Settings,
  type Transport,
  type TransportSink,
} from '@webson/connection';
import { ClosedError, type CloseInfo, Connection, type Message, MessageType, Status } from 'webson';
import { Lender, type Lending } from './lending.js';
import type { Limits, WireEvent } from './naive-endpoint.js';

/** How a connection is treated while it reads. */
export interface Treatment {
  readonly isClient: boolean;
  readonly limits: Limits;
  /** Its handlers send every message back. */
  readonly echo: boolean;
  /** It is closed from this side after that many chunks; -1: never. */
  readonly closeAfter: number;
  /** Every so many writes the transport is slow; 0: never. */
  readonly slowEvery: number;
  /** What becomes of the transport when all has been read. */
  readonly ending: 'gone' | 'half-close' | 'error';
  readonly lending: Lending;
  /** The next chunk comes although reading is paused: it was on its way. */
  readonly isHasty: boolean;
}

/** All that a connection did. */
export interface Observation {
  /** Messages, pongs and the Close it handed to its handlers, the payloads as they were at the very end. */
  readonly events: readonly WireEvent[];
  /** How many of them it had handed out after each chunk. */
  readonly eventsAfter: readonly number[];
  /** What it wrote. */
  readonly output: Uint8Array;
  /** How much it had written after each chunk, after `close` and at the end. */
  readonly outputAfter: readonly number[];
  /** It ended its side of the transport by itself, before the peer did. */
  readonly hasEnded: boolean;
  readonly info: CloseInfo;
  /** Reading was paused at some time. */
  readonly hasPaused: boolean;
  /** What must never happen, if it did. */
  readonly problems: readonly string[];
}

/** What the connection under test is built with; a planted fault replaces something. */
export interface Parts {
  readonly platform: Platform;
  /** Changes the limits that it keeps. */
  readonly limits?: (limits: Limits) => Limits;
  /** Changes a chunk on its way in. */
  readonly incoming?: (chunk: Uint8Array) => Uint8Array;
  /** Says that what is lent is the connection's own. */
  readonly hidesLoans?: boolean;
  /** Takes the place of copying what a decoder has to keep of a chunk that is lent. */
  readonly keep?: (part: Uint8Array) => Uint8Array;
  /** Changes what is written. */
  readonly outgoing?: (bytes: Uint8Array) => Uint8Array;
  /** Handed to the handlers in place of what has come. */
  readonly payload?: (payload: Uint8Array) => Uint8Array;
}

/** The real thing. */
export const soundParts: Parts = { platform: nodePlatform };

/** Holds a connection's transport in its hands: nothing happens that is not called for. */
class ManualTransport implements Transport {
  readonly #slowEvery: number;
  readonly #parts: Parts;
  readonly written: Uint8Array[] = [];
  length = 0;
  sink!: TransportSink;
  isPaused = false;
  hasPaused = false;
  hasEnded = false;
  isDestroyed = false;
  isBlocked = false;
  #writes = 0;
  #held: readonly Uint8Array[] = [];
  readonly problems: string[] = [];

  constructor(slowEvery: number, parts: Parts) {
    this.#slowEvery = slowEvery;
    this.#parts = parts;
  }

  start(sink: TransportSink): void {
    this.sink = sink;
  }

  write(parts: readonly Uint8Array[]): boolean {
    if (this.isBlocked) this.problems.push('write before onDrain');
    if (this.hasEnded) this.problems.push('write after end');
    for (const part of parts) this.length += part.length;
    this.#writes++;
    this.isBlocked = this.#slowEvery > 0 && this.#writes % this.#slowEvery === 0;
    // The memory is the connection's again as soon as this returns, or as `onDrain` is called.
    if (this.isBlocked) this.#held = parts;
    else this.#copy(parts);
    return !this.isBlocked;
  }

  drain(): void {
    if (!this.isBlocked) return;
    bystanderOf(this.#parts)();
    this.#copy(this.#held);
    this.#held = [];
    this.isBlocked = false;
    this.sink.onDrain();
  }

  #copy(parts: readonly Uint8Array[]): void {
    for (const part of parts) {
      const copy = new Uint8Array(part);
      this.written.push(this.#parts.outgoing?.(copy) ?? copy);
    }
  }

  pause(): void {
    this.isPaused = true;
    this.hasPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  end(): void {
    if (this.hasEnded) this.problems.push('end twice');
    this.hasEnded = true;
  }

  destroy(): void {
    this.isDestroyed = true;
  }
}

// By the platform too: connections with the same settings share what was made with that.
const known = new WeakMap<Platform, WeakMap<Limits, Settings>>();

function settingsFor(platform: Platform, limits: Limits): Settings {
  const ofPlatform = known.get(platform) ?? new WeakMap<Limits, Settings>();
  known.set(platform, ofPlatform);
  let settings = ofPlatform.get(limits);
  if (settings === undefined) {
    settings = resolveOptions({ ...limits, pingInterval: 0 });
    ofPlatform.set(limits, settings);
  }
  return settings;
}

/** Turns of the event loop in which all has been read that has come. */
const MOST_TURNS = 1000;

const PING = Uint8Array.from({ length: 46 }, (_, i) => [0x89, 0x80 + 40, 0, 0, 0, 0][i] ?? 0x55);
const bystanders = new WeakMap<Parts, () => void>();

// Makes another connection write, which must not do anything to memory that a slow transport still reads from.
function bystanderOf(parts: Parts): () => void {
  let stir = bystanders.get(parts);
  if (stir === undefined) {
    const transport = new ManualTransport(0, parts);
    const settings = resolveOptions({ pingInterval: 0 });
    const negotiated = { protocol: '', extensions: [] };
    void new Connection({ platform: parts.platform, transport, settings, negotiated, isClient: false }).start();
    stir = () => {
      transport.sink.onData(PING.slice());
      transport.written.length = 0;
    };
    bystanders.set(parts, stir);
  }
  return stir;
}

// What is left of a chunk is read in the turns that follow.
async function resumed(transport: ManualTransport): Promise<void> {
  for (let turns = 0; transport.isPaused && turns < MOST_TURNS; turns++) await turn();
}

/** Feeds the bytes to a connection, in chunks that end where `ends` says, and ends its transport. */
export async function drive(
  bytes: Uint8Array,
  ends: readonly number[],
  treatment: Treatment,
  parts: Parts,
): Promise<Observation> {
  const { isClient, limits, echo, closeAfter, slowEvery, ending, lending, isHasty } = treatment;
  const transport = new ManualTransport(slowEvery, parts);
  const problems = transport.problems;
  const messages: { message: Message; type: number }[] = [];
  let mayRefuse = false;
  const settings = settingsFor(parts.platform, parts.limits?.(limits) ?? limits);
  const negotiated = { protocol: '', extensions: [] };
  const connection = new Connection({ platform: parts.platform, transport, settings, negotiated, isClient });
  const take = (message: Message): void => {
    messages.push({ message, type: message.type });
    if (connection.status !== Status.Ready) problems.push(`a message in status ${connection.status}`);
    if (!echo || message.isControl) return;
    try {
      connection.dispatch(message.type, message.type === MessageType.Text ? message.text() : message.read());
    } catch (error) {
      if (!mayRefuse || !(error instanceof ClosedError)) problems.push(`dispatch threw ${String(error)}`);
    }
  };
  for (const type of [MessageType.Text, MessageType.Binary, MessageType.Close, MessageType.Pong]) {
    connection.onMessage(type, take);
  }
  connection.onError((error) => problems.push(`onError: ${String(error)}`));

  let info: CloseInfo | undefined;
  const ended = connection.start().then(
    (result) => {
      info = result;
    },
    (error: unknown) => problems.push(`start rejected: ${String(error)}`),
  );
  const eventsAfter: number[] = [];
  const outputAfter: number[] = [];
  const lender = new Lender(bytes, lending, parts.platform.scanner);
  const feed = (chunk: Uint8Array, isLent: boolean): void => {
    transport.sink.onData(parts.incoming?.(chunk) ?? chunk, isLent && parts.hidesLoans !== true);
  };
  for (const [index, end] of ends.entries()) {
    try {
      transport.drain();
      const wrong = lender.hand(index === 0 ? 0 : ends[index - 1]!, end, feed);
      if (wrong !== undefined) problems.push(wrong);
    } catch (error) {
      problems.push(`onData threw ${String(error)}`);
    }
    // What is closed has answered all that came before.
    if (!isHasty || index === closeAfter) await resumed(transport);
    eventsAfter.push(messages.length);
    outputAfter.push(transport.length);
    if (index === closeAfter) {
      mayRefuse = true;
      connection.close(1000, 'enough');
      // Outside of reading, what is queued leaves at the end of the turn.
      await turn();
      outputAfter.push(transport.length);
    }
  }
  await resumed(transport);
  while (transport.isBlocked) {
    transport.drain();
    await turn();
  }
  if (transport.isPaused) problems.push('reading is paused, though no handler is pending');
  outputAfter.push(transport.length);
  const hasEnded = transport.hasEnded;
  if (info !== undefined) problems.push('ended before its transport');
  if (ending === 'half-close') {
    transport.sink.onEnd();
    await turn();
    while (transport.isBlocked) {
      transport.drain();
      await turn();
    }
    if (!transport.hasEnded) problems.push('the transport is not ended after the peer ended it');
  }
  const events = messages.length;
  transport.sink.onClose(ending === 'error' ? new Error('planned') : undefined);
  await ended;
  if (info === undefined) problems.push('start did not resolve once the transport was gone');
  if (messages.length !== events) problems.push('a message after the transport was gone');
  if (connection.status !== Status.Closed) problems.push(`status ${connection.status} after the end`);
  if (connection.bufferedAmount !== 0) problems.push(`bufferedAmount ${connection.bufferedAmount} after the end`);
  return {
    events: messages.map(({ message, type }) => ({ type, payload: parts.payload?.(message.read()) ?? message.read() })),
    eventsAfter,
    output: Buffer.concat(transport.written),
    outputAfter,
    hasEnded,
    hasPaused: transport.hasPaused,
    info: info ?? { code: 0, reason: 'none', wasClean: false },
    problems,
  };
}
