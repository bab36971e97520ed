import { MessageType, nodePlatform, WebsonError } from '@webson/connection';
import {
  after,
  checkDataType,
  Offer,
  pooled,
  SharedEncoder,
  type SharedMessage,
  SharedRun,
  toPayload,
} from '@webson/connection/internal';
import type { Member } from './membership.js';
import type { SlowConsumer } from './options.js';

/** What a message is made of. */
export type Payload = string | Uint8Array | ArrayBuffer;

/** How a {@link Broadcast} deals with members that do not read fast enough. */
export interface BroadcastOptions {
  readonly slowConsumer: SlowConsumer;
  readonly highWaterMark: number;
  readonly stallTimeout: number;
}

/** Messages of one turn to the same members: those who take part get one more without being asked. */
interface Audience {
  readonly key: unknown;
  readonly version: number;
  readonly run: SharedRun;
  /** Those that never took part. */
  readonly others: readonly Member[];
}

const LARGEST_HEADER = 10;
/** Beyond this share of members that have to be asked all the same, everybody is. */
const MOST_OTHERS = 1 / 8;
/** RFC 6455 §7.4.1 leaves it to the registry: 1013, try again later. */
const TRY_AGAIN_LATER = 1013;

/** Sends messages to many members: each is encoded once for all that put the same bytes on the wire. */
export class Broadcast {
  readonly #options: BroadcastOptions;
  readonly #encoder = new SharedEncoder(nodePlatform);
  /** Messages are kept track of until they are sent. */
  isKept = false;
  readonly #onRefused: (member: Member, message: SharedMessage) => void;
  #audience: Audience | undefined;

  /** @param onRefused a member had too much queued to take a message; called after all others have got it. */
  constructor(options: BroadcastOptions, onRefused: (member: Member, message: SharedMessage) => void) {
    this.#options = options;
    this.#onRefused = onRefused;
  }

  /**
   * Sends to those members that can take it now; returns how many did.
   *
   * @param key with the same key and version the members are the same; undefined: they may be others every time.
   * @throws as `dispatch` of a connection.
   */
  send(members: Iterable<Member>, type: number, payload: Payload, key?: unknown, version = 0): number {
    if (type >= MessageType.Close) return sendControl(members, type, payload);
    const message = this.#message(type, payload);
    if (key === undefined || this.isKept) return this.#offer(members, message);
    const count = this.#append(message, key, version);
    if (count !== undefined) return count;
    const frame = SharedRun.takes(message) ? message.frame(undefined) : undefined;
    if (frame === undefined) return this.#offer(members, message);
    const run = new SharedRun(frame);
    const others: Member[] = [];
    const taken = this.#offer(members, message, run, others);
    this.#audience = { key, version, run, others };
    return taken;
  }

  #message(type: number, payload: Payload): SharedMessage {
    checkDataType(type);
    const kept = this.isKept ? copyOf(payload) : payload;
    return this.#encoder.message(type, typeof kept === 'string' ? kept : toPayload(kept));
  }

  /** Lets go of the members it sent to last. */
  forget(): void {
    this.#audience = undefined;
  }

  /**
   * Resolves when on each of the members at most half the mark is queued; at once unless the policy is 'wait'. One that
   * keeps it waiting for `stallTimeout` is closed.
   */
  async drained(members: () => Iterable<Member>): Promise<void> {
    const { slowConsumer, highWaterMark, stallTimeout } = this.#options;
    if (slowConsumer !== 'wait') return;
    const limit = highWaterMark / 2;
    let lagging = laggingOf(members(), limit);
    if (lagging.length === 0) return;
    let isLate = false;
    let onLate = (): void => {};
    const late = new Promise<void>((resolve) => {
      onLate = resolve;
    });
    const timer = after(stallTimeout, () => {
      isLate = true;
      onLate();
    });
    while (lagging.length > 0 && !isLate) {
      const waits = lagging.map(({ connection }) =>
        pooled(connection)
          .drainedTo(limit)
          .catch(() => {}),
      );
      await Promise.race([Promise.all(waits), late]);
      lagging = laggingOf(lagging, limit);
      if (lagging.length === 0) lagging = laggingOf(members(), limit);
    }
    timer.cancel();
    for (const { connection } of lagging) closeSlow(connection);
  }

  // One message more for those who got the last. Undefined when too many of them have to be asked.
  #append(message: SharedMessage, key: unknown, version: number): number | undefined {
    const audience = this.#audience;
    if (audience === undefined || audience.key !== key || audience.version !== version) return undefined;
    const { run, others } = audience;
    const left = run.left as Member[];
    if (others.length + left.length > run.outboxes * MOST_OTHERS) return undefined;
    // All that is queued on those who take part lies in the block.
    if (run.end + message.size + LARGEST_HEADER > this.#options.highWaterMark) return undefined;
    if (!run.append(message)) return undefined;
    return run.outboxes - left.length + this.#offer([...others, ...left], message);
  }

  #offer(members: Iterable<Member>, message: SharedMessage, run?: SharedRun, others?: Member[]): number {
    const { isKept } = this;
    const { highWaterMark } = this.#options;
    let taken = 0;
    let refused: Member[] | undefined;
    for (const member of members) {
      const outcome = pooled(member.connection).offer(message, highWaterMark, isKept, run, member);
      if (outcome === Offer.Attached) {
        taken++;
        continue;
      }
      others?.push(member);
      if (outcome === Offer.Taken) {
        taken++;
      } else if (outcome === Offer.Full) {
        refused ??= [];
        refused.push(member);
      }
    }
    if (refused !== undefined) this.#refused(refused, message);
    return taken;
  }

  #refused(members: readonly Member[], message: SharedMessage): void {
    for (const member of members) {
      if (this.#options.slowConsumer === 'close') closeSlow(member.connection);
      this.#onRefused(member, message);
    }
  }
}

function closeSlow(connection: Member['connection']): void {
  connection.close(TRY_AGAIN_LATER, 'too slow');
}

function laggingOf(members: Iterable<Member>, limit: number): Member[] {
  const lagging: Member[] = [];
  for (const member of members) {
    const { heldAmount, isOpen } = pooled(member.connection);
    if (heldAmount > limit && isOpen) lagging.push(member);
  }
  return lagging;
}

// They go ahead of all that is queued, and are bounded by their own size.
function sendControl(members: Iterable<Member>, type: number, payload: Payload): number {
  let count = 0;
  for (const { connection } of members) {
    if (!pooled(connection).isOpen) continue;
    try {
      connection.dispatch(type, payload);
      count++;
    } catch (error) {
      // A wrong type or payload is wrong for all.
      if (!(error instanceof WebsonError)) throw error;
    }
  }
  return count;
}

// The caller may use the memory again before it is known what became of the message.
function copyOf(payload: Payload): Payload {
  return typeof payload === 'string' ? payload : new Uint8Array(toPayload(payload));
}
