import type { Utf8Validator } from '@webson/frame';
import type { InflatingEvents, MessageCodec } from '../../src/protocol/contract/message-codec.js';
import { InflatingBody, type Inflation } from '../../src/protocol/inbound/inflating-body.js';
import { InflationRoom, type InflationRoomParts } from '../../src/protocol/inbound/inflation-room.js';
import { InflationTotal } from '../../src/protocol/inbound/inflation-total.js';
import type { PieceQueue } from '../../src/protocol/inbound/piece-queue.js';

const MANY = 2 ** 40;

/** A codec without compression: what it makes of a message, or of each piece of one, is the bytes reversed. */
export class StandInCodec implements MessageCodec {
  /** Bytes from which on a message is large. */
  largeFrom: number = Number.POSITIVE_INFINITY;
  /** Bytes below which a message is sent as it is. */
  threshold = 0;
  /** Messages that are being deflated elsewhere, until they are called. */
  readonly later: (() => void)[] = [];
  /** Messages that are being inflated. */
  inflations = 0;
  /** What inflating has cost. */
  work = 0;
  /** What is to be done in a later turn. */
  readonly deferred: (() => void)[] = [];
  readonly room: InflationRoom;

  /** @param room what differs from one with limits that nothing here reaches. */
  constructor(room: Partial<InflationRoomParts> = {}) {
    this.room = new InflationRoom({
      isInOrder: false,
      most: { unread: MANY, contexts: MANY },
      contextBytes: 1,
      total: new InflationTotal({ unread: MANY, contexts: MANY }),
      workPerTurn: 4 << 20,
      work: () => this.work,
      later: (action) => this.deferred.push(action),
      ...room,
    });
  }

  isLarge(payload: Uint8Array): boolean {
    return payload.length >= this.largeFrom;
  }

  deflate(payload: Uint8Array): Uint8Array | undefined {
    return payload.length < this.threshold ? undefined : payload.toReversed();
  }

  deflateLater(payload: Uint8Array, done: (deflated: Uint8Array | undefined) => void): void {
    this.later.push(() => done(this.deflate(payload)));
  }

  startDeflating(first: Uint8Array): ReturnType<MessageCodec['startDeflating']> {
    const deflated = this.deflate(first);
    if (deflated === undefined) return undefined;
    const deflation = {
      push: (piece: Uint8Array) => piece.toReversed(),
      finish: () => new Uint8Array(1).fill(46),
      cancel() {},
    };
    return { deflation, deflated };
  }

  inflate(payload: Uint8Array, _limit: number): Uint8Array {
    return payload.toReversed();
  }

  inflateArriving(
    queue: PieceQueue,
    _limit: number,
    utf8: Utf8Validator | undefined,
    events: InflatingEvents,
  ): InflatingBody {
    const start = (): Inflation => this.startInflating();
    return new InflatingBody({ queue, start, room: this.room, utf8, events });
  }

  startInflating(): Inflation {
    this.inflations++;
    let left: Uint8Array = new Uint8Array(0);
    let isEnding = false;
    return {
      get isDone() {
        return isEnding && left.length === 0;
      },
      push(part) {
        left = part.toReversed();
      },
      end() {
        isEnding = true;
      },
      pull: (most) => {
        const output = left.slice(0, most);
        left = left.subarray(output.length);
        this.work += output.length;
        return output.length > 0 ? output : undefined;
      },
      cancel: () => {
        this.inflations--;
      },
    };
  }

  close(): void {}
}
