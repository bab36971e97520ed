import { constants } from 'node:zlib';
import { DrivenZlib } from './driven-zlib.js';
import { InflateError } from './errors.js';
import { isInputFault } from './raw-stream.js';
import { SCRATCH_LENGTH, scratch } from './scratch.js';
import { SpareContexts, type StoredContext } from './spare-contexts.js';

/** What a payload can be followed by. */
export const PayloadEnd = {
  /** It ends where a message may end: the next one may follow. */
  Complete: 0,
  /** It ends with a block that has BFINAL: the next one needs another context. */
  Final: 1,
  /** It ends within something. */
  Cut: 2,
} as const;
/** One of the values of {@link PayloadEnd}. */
export type PayloadEnd = (typeof PayloadEnd)[keyof typeof PayloadEnd];

/**
 * The `00 00 ff ff` of RFC 7692 §7.2.2, and one byte more. At the end of a block zlib stops, if told to: it leaves that
 * byte and nothing else if the payload has ended with the beginning of an empty stored block. Whatever was cut off takes
 * the bytes for something else: it puts something out, or uses more of them, or fewer.
 */
const TAIL: Uint8Array = Uint8Array.of(0x00, 0x00, 0xff, 0xff, 0x00);
const TAIL_ROOM = 64;

/** About as many bytes as a context of zlib takes, with the stream that Node has around it. */
export function inflateContextBytes(windowBits: number): number {
  return 2 ** windowBits + 36_864;
}

const spare = new SpareContexts<InflateContext>();

/** A context with nothing to refer back to. `giveInflate` takes it back. @throws {InflateError} */
export function takeInflate(windowBits: number): InflateContext {
  const context = spare.take(String(windowBits));
  if (context !== undefined) return context;
  try {
    return new InflateContext(DrivenZlib.inflate({ windowBits }));
  } catch (error) {
    throw new InflateError('INFLATE_FAILED', error);
  }
}

/** Takes back what `takeInflate` or `openInflate` gave. */
export function giveInflate(windowBits: number, context: InflateContext): void {
  if (context.isBroken) context.close();
  else spare.give(String(windowBits), context);
}

/** A context in which the input may refer back to `window`. `giveInflate` takes it back. @throws {InflateError} */
export function openInflate(windowBits: number, window: Uint8Array): InflateContext {
  const context = takeInflate(windowBits);
  if (window.length > 0) context.remember(window);
  return context;
}

/** One context of zlib that inflates step by step. */
class InflateContext implements StoredContext {
  readonly #zlib: DrivenZlib;
  /** zlib itself has failed: there is nothing to reset. */
  isBroken = false;

  constructor(zlib: DrivenZlib) {
    this.#zlib = zlib;
  }

  /** Bytes of the last input, up to its `stop`, that were not used. */
  get inputLeft(): number {
    return this.#zlib.inputLeft;
  }

  /** True when the last `step` was stopped by want of room: there may be more, even without further input. */
  get isFull(): boolean {
    return this.#zlib.outputLeft === 0;
  }

  /**
   * Inflates from `at` to `stop`, at most `room` bytes and no more than the scratch memory holds. The result is a view of
   * that. Input is left if there is no room, or after a block with BFINAL.
   * @throws {InflateError} and it has to be closed.
   */
  step(input: Uint8Array, at: number, stop: number, room: number): Uint8Array {
    const output = scratch();
    const length = Math.min(room, SCRATCH_LENGTH);
    this.#zlib.run(constants.Z_SYNC_FLUSH, input, at, stop, output, length);
    this.#check();
    return output.subarray(0, length - this.#zlib.outputLeft);
  }

  /** Reads a window that later input may refer to. */
  remember(window: Uint8Array): void {
    const { length } = window;
    // RFC 1951 §3.2.4: a stored block, which is read as fast as it is copied.
    const header = Uint8Array.of(0, length & 0xff, length >>> 8, ~length & 0xff, (~length >>> 8) & 0xff);
    this.step(header, 0, header.length, SCRATCH_LENGTH);
    this.step(window, 0, length, SCRATCH_LENGTH);
  }

  /** What all the input so far ends with; everything it stands for must have been put out. @throws {InflateError} */
  end(): PayloadEnd {
    this.#zlib.run(constants.Z_BLOCK, TAIL, 0, TAIL.length, scratch(), TAIL_ROOM);
    this.#check();
    const { inputLeft, outputLeft } = this.#zlib;
    if (inputLeft === TAIL.length) return PayloadEnd.Final;
    return inputLeft === 1 && outputLeft === TAIL_ROOM ? PayloadEnd.Complete : PayloadEnd.Cut;
  }

  reset(): void {
    this.#zlib.reset();
  }

  close(): void {
    this.#zlib.close();
  }

  #check(): void {
    const { fault } = this.#zlib;
    if (fault === undefined) return;
    if (isInputFault(fault)) throw new InflateError('INFLATE_CORRUPT');
    this.isBroken = true;
    throw new InflateError('INFLATE_FAILED', fault);
  }
}

export type { InflateContext };
