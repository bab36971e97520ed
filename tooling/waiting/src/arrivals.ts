import { type SeenFrame, Sniffer } from './sniffer.js';

/** Bytes of a stream header. */
const STREAM_HEADER = 2;

/** A message as the bytes that were delivered show it. */
export interface Arrived {
  /** Bytes of its payload on the wire that have come. */
  bytes: number;
  /** Its last frame has come; of one that was given up nothing more will. */
  isOver: boolean;
  /** It came in one frame, and the payload of that in one piece. */
  isWhole: boolean;
}

/** Puts together what messages an end has been delivered, by the bytes alone. */
export class Arrivals {
  /** In the order in which they began. */
  readonly begun: Arrived[] = [];
  /** In the order in which they were complete. */
  readonly completed: Arrived[] = [];
  /** Bytes of data, frame by frame. */
  total = 0;
  readonly #hasStreams: boolean;
  readonly #sniffer: Sniffer;
  readonly #open = new Map<number, Arrived>();

  constructor(hasStreams: boolean) {
    this.#hasStreams = hasStreams;
    this.#sniffer = new Sniffer((frame) => this.#onFrame(frame), hasStreams ? STREAM_HEADER : 0);
  }

  push(bytes: Uint8Array): void {
    this.#sniffer.push(bytes);
  }

  /** Bytes of a frame of data that has not come to its end. */
  get partial(): number {
    const { unfinished } = this.#sniffer;
    return unfinished === undefined || unfinished.opcode >= 8 ? 0 : unfinished.length;
  }

  /** A message may have begun with the header of that frame. */
  get isBeginning(): boolean {
    const opcode = this.#sniffer.unfinished?.opcode ?? 0;
    return opcode > 0 && opcode < 8;
  }

  #onFrame({ opcode, fin, length, payload, isInOnePiece }: SeenFrame): void {
    if (opcode >= 8) return;
    const [first = 0, second = 0] = this.#hasStreams ? payload : [];
    const id = (first & 0x7f) * 256 + second;
    const bytes = this.#hasStreams ? length - STREAM_HEADER : length;
    let message = this.#open.get(id);
    if (first >= 0x80) {
      if (message !== undefined) message.isOver = true;
      this.#open.delete(id);
      return;
    }
    if (message === undefined) {
      message = { bytes: 0, isOver: false, isWhole: fin && isInOnePiece };
      this.#open.set(id, message);
      this.begun.push(message);
    }
    message.bytes += bytes;
    this.total += length;
    if (!fin) return;
    message.isOver = true;
    this.completed.push(message);
    this.#open.delete(id);
  }
}
