// Random options and traffic, from a seed: the same on both sides of a connection. Tests import it, and pages have it by `kit`.
import { random } from './random.js';

const KIB = 1024;

/** One message that a side sends. */
export interface Step {
  /** 1 to 3: text, binary, a type of one's own. Those without streams are 1 and 2. */
  readonly type: 1 | 2 | 3;
  /** Characters, or bytes. */
  readonly length: number;
  /** True when it is sent piece by piece. */
  readonly inPieces: boolean;
  /** Milliseconds to wait before it; -1 for none. */
  readonly wait: number;
}

/** One connection: the options of both sides, what each sends, and how it ends. */
export interface Mix {
  readonly page: Record<string, unknown>;
  readonly server: Record<string, unknown>;
  /** True when the handlers of a side take a turn each. */
  readonly isSlow: { readonly page: boolean; readonly server: boolean };
  readonly steps: { readonly page: readonly Step[]; readonly server: readonly Step[] };
  readonly close: { readonly by: 'page' | 'server'; readonly code: number };
}

/** Makes up a connection. */
export function mixOf(seed: number): Mix {
  const next = random(seed);
  const below = (limit: number): number => Math.floor(next() * limit);
  const oneOf = <T>(...values: readonly T[]): T => values[below(values.length)]!;
  const streams = { page: next() < 0.8, server: next() < 0.8 };
  const both = streams.page && streams.server;
  const side = (enableStreams: boolean): Record<string, unknown> => ({
    enableStreams,
    maxStreams: oneOf(1, 3, 1024),
    streamWindow: oneOf(2 * KIB, 64 * KIB, 1024 * KIB),
    connectionWindow: oneOf(8 * KIB, 256 * KIB, 4096 * KIB),
    chunkSize: oneOf(4 * KIB, 16 * KIB),
    triggerOnStart: next() < 0.5,
    synchronize: next() < 0.3,
    maxPendingHandlers: oneOf(1, 5, 1024),
    pingInterval: oneOf(0, 10, 10_000),
  });
  const steps = (): Step[] =>
    Array.from({ length: 1 + below(25) }, () => ({
      type: both ? oneOf(1, 2, 3) : oneOf(1, 2),
      length: oneOf(0, 1, below(126), below(3000), below(70_000), next() < 0.2 ? below(400_000) : below(500)),
      inPieces: next() < 0.4,
      wait: next() < 0.2 ? below(3) : -1,
    }));
  return {
    page: side(streams.page),
    server: { ...side(streams.server), enableCompress: next() < 0.5 },
    isSlow: { page: next() < 0.5, server: next() < 0.5 },
    steps: { page: steps(), server: steps() },
    close: { by: oneOf('page', 'server'), code: oneOf(1000, 3000, 4999) },
  };
}

/** True when the mix leads to the inner protocol: without it, everything comes in the order in which it was sent. */
export function hasInner({ page, server }: Mix): boolean {
  return page.enableStreams === true && server.enableStreams === true;
}

/** The payload of a step: its number, then what is easy to check. */
function payloadOf(number: number, { type, length }: Step): string | Uint8Array<ArrayBuffer> {
  if (type === 1) return `${number} \u{1f642}${'grüße € '.repeat(Math.ceil(length / 8)).slice(0, length)}`;
  const bytes = new Uint8Array(4 + length);
  new DataView(bytes.buffer).setUint32(0, number);
  for (let i = 4; i < bytes.length; i++) bytes[i] = i * 31 + number;
  return bytes;
}

/** The parts of a connection that are used here: those of a page and of a server are not the same class. */
interface Side {
  onMessage(type: number, action: (message: Received) => unknown): unknown;
  dispatch(type: number, payload: string | Uint8Array): boolean;
  dispatchReader(type: number, source: Iterable<string | Uint8Array>): Promise<void>;
  drained(): Promise<void>;
  close(code?: number, reason?: string): void;
}

interface Received {
  completed(): Promise<Received>;
  read(): Uint8Array;
  text(): string;
}

/** The text with which a side says that it has everything. */
const ALL = '!';

/** Takes what the other side sends, and compares it with what is owed. */
export class Reception {
  readonly #owed: readonly Step[];
  readonly #came = new Map<number, number>();
  #places = 0;
  #complete: () => void = () => {};
  #agreed: () => void = () => {};
  /** Resolves when everything has come. */
  readonly complete: Promise<void>;
  /** Resolves when the other side has everything. */
  readonly agreed: Promise<void>;
  /** What was wrong. */
  readonly faults: string[] = [];

  constructor(ws: Side, owed: readonly Step[], isSlow: boolean) {
    this.#owed = owed;
    this.complete = new Promise((resolve) => {
      this.#complete = resolve;
    });
    this.agreed = new Promise((resolve) => {
      this.#agreed = resolve;
    });
    for (const type of [1, 2, 3]) {
      ws.onMessage(type, async (message) => {
        // Handlers run in the order of the messages; that of a short one may have its message before that of a long one.
        const place = this.#places++;
        const whole = await message.completed();
        if (type === 1 && whole.text() === ALL) this.#agreed();
        else this.#take(type, whole, place);
        if (isSlow) await new Promise((resolve) => setTimeout(resolve, 0));
      });
    }
  }

  /** The numbers of the messages that have come, in the order in which they came. */
  get came(): readonly number[] {
    return [...this.#came].sort(([one], [other]) => one - other).map(([, number]) => number);
  }

  #take(type: number, message: Received, place: number): void {
    const payload = type === 1 ? message.text() : message.read();
    const number = typeof payload === 'string' ? Number.parseInt(payload, 10) : numberOf(payload);
    const step = this.#owed[number];
    if (step?.type !== type) this.faults.push(`number ${number} of type ${type} is not owed`);
    else if (!isSame(payload, payloadOf(number, step))) this.faults.push(`number ${number} is not what was sent`);
    this.#came.set(place, number);
    if (this.#came.size === this.#owed.length) this.#complete();
  }
}

function numberOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
}

function isSame(one: string | Uint8Array, other: string | Uint8Array): boolean {
  if (typeof one === 'string' || typeof other === 'string') return one === other;
  return one.length === other.length && one.every((byte, i) => byte === other[i]);
}

/**
 * Plays the part of one side, whose connection is started, or starts in this turn. Resolves when the other side has everything, too,
 * and this one has closed if that is its part.
 */
export async function play(ws: Side, reception: Reception, mix: Mix, who: 'page' | 'server'): Promise<void> {
  await Promise.all([sendAll(ws, mix.steps[who]), reception.complete]);
  ws.dispatch(1, ALL);
  await reception.agreed;
  if (mix.close.by === who) ws.close(mix.close.code, `by the ${who}`);
}

async function sendAll(ws: Side, steps: readonly Step[]): Promise<void> {
  const sent: Promise<void>[] = [];
  for (const [number, step] of steps.entries()) {
    if (step.wait >= 0) await new Promise((resolve) => setTimeout(resolve, step.wait));
    const payload = payloadOf(number, step);
    if (step.inPieces) sent.push(ws.dispatchReader(step.type, piecesOf(payload)));
    else if (!ws.dispatch(step.type, payload)) await ws.drained();
  }
  await Promise.all(sent);
}

function* piecesOf(payload: string | Uint8Array): Generator<string | Uint8Array> {
  // A string may be cut between the halves of a character; the pieces of this one are not.
  if (typeof payload === 'string') yield payload;
  else for (let at = 0; at < payload.length; at += 5000) yield payload.subarray(at, at + 5000);
}
