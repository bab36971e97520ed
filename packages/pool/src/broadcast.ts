import {
  after,
  MessageType,
  nodePlatform,
  Offer,
  poolAccess,
  SharedEncoder,
  type SharedMessage,
  WebsonError,
} from '@webson/connection';
import type { Member } from './membership.js';
import type { SlowConsumer } from './options.js';

const { drained, isOpen, message: createMessage, offer } = poolAccess();

/** What a message is made of. */
export type Payload = string | Uint8Array | ArrayBuffer;

/** How a {@link Broadcast} deals with members that do not read fast enough. */
export interface BroadcastOptions {
  readonly slowConsumer: SlowConsumer;
  readonly highWaterMark: number;
  readonly stallTimeout: number;
}

/** RFC 6455 §7.4.1 leaves it to the registry: 1013, try again later. */
const TRY_AGAIN_LATER = 1013;

/** Sends messages to many members: each is encoded once for all that put the same bytes on the wire. */
export class Broadcast {
  readonly #options: BroadcastOptions;
  readonly #encoder = new SharedEncoder(nodePlatform);
  /** Messages are kept track of until they are sent. */
  isKept = false;
  readonly #onRefused: (member: Member, message: SharedMessage) => void;

  /** @param onRefused a member had too much queued to take a message; called after all others have got it. */
  constructor(options: BroadcastOptions, onRefused: (member: Member, message: SharedMessage) => void) {
    this.#options = options;
    this.#onRefused = onRefused;
  }

  /** Sends to those members that can take it now; returns how many did. @throws as `dispatch` of a connection. */
  send(members: Iterable<Member>, type: number, payload: Payload): number {
    if (type >= MessageType.Close) return sendControl(members, type, payload);
    const message = createMessage(this.#encoder, type, this.isKept ? copyOf(payload) : payload);
    const { highWaterMark } = this.#options;
    const { isKept } = this;
    let count = 0;
    let refused: Member[] | undefined;
    for (const member of members) {
      const outcome = offer(member.connection, message, highWaterMark, isKept);
      if (outcome === Offer.Taken) {
        count++;
      } else if (outcome === Offer.Full) {
        refused ??= [];
        refused.push(member);
      }
    }
    if (refused !== undefined) this.#refused(refused, message);
    return count;
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
      const waits = lagging.map(({ connection }) => drained(connection, limit).catch(() => {}));
      await Promise.race([Promise.all(waits), late]);
      lagging = laggingOf(lagging, limit);
      if (lagging.length === 0) lagging = laggingOf(members(), limit);
    }
    timer.cancel();
    for (const { connection } of lagging) closeSlow(connection);
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
    if (member.connection.bufferedAmount > limit && isOpen(member.connection)) lagging.push(member);
  }
  return lagging;
}

// They go ahead of all that is queued, and are bounded by their own size.
function sendControl(members: Iterable<Member>, type: number, payload: Payload): number {
  let count = 0;
  for (const { connection } of members) {
    if (!isOpen(connection)) continue;
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
  if (typeof payload === 'string') return payload;
  if (ArrayBuffer.isView(payload)) {
    return new Uint8Array(payload.buffer, payload.byteOffset, payload.byteLength).slice();
  }
  return payload instanceof ArrayBuffer ? new Uint8Array(payload).slice() : payload;
}
