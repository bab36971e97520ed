import { MessageType, WebsonError } from '@webson/connection';
import {
  after,
  checkDataType,
  Offer,
  platform,
  pooled,
  SharedEncoder,
  type SharedMessage,
  SharedRun,
  toPayload,
} from '@webson/connection/internal';
import type { Member } from './membership.js';
import type { SlowConsumer } from './options.js';

/** The payload of a message: text, or bytes. */
export type Payload = string | Uint8Array | ArrayBuffer;

/** How a {@link Broadcast} treats members that do not read fast enough. */
export interface BroadcastOptions {
  readonly slowConsumer: SlowConsumer;
  readonly highWaterMark: number;
  readonly stallTimeout: number;
}

/**
 * The members that the last message was sent to. Most of them share one block of memory for the messages of a turn of
 * the event loop: another message to the same members is appended to the block, and not offered to each of them.
 */
interface Audience {
  readonly key: unknown;
  readonly version: number;
  readonly run: SharedRun;
  /** The members that do not share the block. */
  readonly others: readonly Member[];
}

/** Bytes of the longest header of an unmasked frame (RFC 6455 §5.2). */
const LARGEST_HEADER = 10;
/** If a larger share of the members does not share the block, the message is offered to every member. */
const MAX_OTHERS_SHARE = 1 / 8;
/** The close code "try again later", which is in the registry that RFC 6455 §7.4.1 refers to. */
const TRY_AGAIN_LATER = 1013;

/**
 * Sends messages to many members.
 *
 * - A message is encoded once for all members that put the same bytes on the wire.
 * - A member with more than `highWaterMark` bytes queued does not get the message; `slowConsumer` says what happens
 *   then.
 * - A control frame goes ahead of the queue and is not held back (RFC 6455 §5.5).
 */
export class Broadcast {
  readonly #options: BroadcastOptions;
  readonly #encoder = new SharedEncoder(platform);
  /** True when every message has to be tracked until it is sent, so that undelivered ones can be reported. */
  isKept = false;
  readonly #onRefused: (member: Member, message: SharedMessage) => void;
  #audience: Audience | undefined;

  /**
   * @param onRefused called for each member that had too much queued to take a message, after all others have got it.
   */
  constructor(options: BroadcastOptions, onRefused: (member: Member, message: SharedMessage) => void) {
    this.#options = options;
    this.#onRefused = onRefused;
  }

  /**
   * Sends a message to the members that can take it now; returns how many did.
   *
   * @param key calls with the same key and version have the same members; with undefined they may differ every time.
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

  /** Drops its references to the members that the last message was sent to. */
  forget(): void {
    this.#audience = undefined;
  }

  /**
   * Resolves when every member has at most half of `highWaterMark` queued; at once unless the policy is 'wait'. A
   * member that delays it for `stallTimeout` is closed.
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

  // Appends a message to the block of the last audience. Returns undefined if that is not possible, or not worthwhile.
  #append(message: SharedMessage, key: unknown, version: number): number | undefined {
    const audience = this.#audience;
    if (audience === undefined || audience.key !== key || audience.version !== version) return undefined;
    const { run, others } = audience;
    const left = run.left as Member[];
    if (others.length + left.length > run.outboxes * MAX_OTHERS_SHARE) return undefined;
    // Everything that is queued on the members that share the block lies in it.
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
  pooled(connection).shed(TRY_AGAIN_LATER, 'too slow');
}

function laggingOf(members: Iterable<Member>, limit: number): Member[] {
  const lagging: Member[] = [];
  for (const member of members) {
    const { heldAmount, isOpen } = pooled(member.connection);
    if (heldAmount > limit && isOpen) lagging.push(member);
  }
  return lagging;
}

// Control frames go ahead of everything that is queued and are small, so no limit of queued bytes applies.
function sendControl(members: Iterable<Member>, type: number, payload: Payload): number {
  let count = 0;
  for (const { connection } of members) {
    if (!pooled(connection).isOpen) continue;
    try {
      connection.dispatch(type, payload);
      count++;
    } catch (error) {
      // Another error means that the type or the payload is wrong, for this member as for all others.
      if (!(error instanceof WebsonError)) throw error;
    }
  }
  return count;
}

// Bytes are copied, because the caller may write to them before the fate of the message is known.
function copyOf(payload: Payload): Payload {
  return typeof payload === 'string' ? payload : new Uint8Array(toPayload(payload));
}
