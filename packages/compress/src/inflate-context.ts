import { constants } from 'node:zlib';
import { DrivenZlib } from './driven-zlib.js';
import { InflateError } from './errors.js';
import { isInputFault } from './raw-stream.js';
import { SCRATCH_LENGTH, scratch } from './scratch.js';
import { SpareContexts, type StoredContext } from './spare-contexts.js';

/** How the payload of a message ends (RFC 7692 §7.2.2, §7.2.3.4). */
export const PayloadEnd = {
  /** The payload ends where a message may end, and the next message may continue the context. */
  Complete: 0,
  /** The payload ends with a block that has BFINAL, so that the next message needs another context. */
  Final: 1,
  /** The payload is truncated: it ends within a block. */
  Cut: 2,
} as const;
/** One of the values of {@link PayloadEnd}. */
export type PayloadEnd = (typeof PayloadEnd)[keyof typeof PayloadEnd];

/**
 * The `00 00 ff ff` of RFC 7692 §7.2.2, and one byte more, which shows whether a payload is complete. zlib is told to
 * stop at the end of a block. If the payload ends with the header of an empty stored block, zlib leaves exactly the
 * last byte. If the payload is truncated, zlib takes these bytes for something else: it produces output, or leaves
 * another number of bytes.
 */
const TAIL: Uint8Array = Uint8Array.of(0x00, 0x00, 0xff, 0xff, 0x00);
const TAIL_ROOM = 64;

/** About how many bytes a zlib context takes, together with the stream object that Node wraps around it. */
export function inflateContextBytes(windowBits: number): number {
  return 2 ** windowBits + 36_864;
}

const spare = new SpareContexts<InflateContext>();

/** Takes a context without history. Return it by `giveInflate`. @throws {InflateError} */
export function takeInflate(windowBits: number): InflateContext {
  const context = spare.take(String(windowBits));
  if (context !== undefined) return context;
  try {
    return new InflateContext(DrivenZlib.inflate({ windowBits }));
  } catch (error) {
    throw new InflateError('INFLATE_FAILED', error);
  }
}

/** Returns a context that `takeInflate` or `openInflate` gave, so that another message can use it. */
export function giveInflate(windowBits: number, context: InflateContext): void {
  if (context.isBroken) context.close();
  else spare.give(String(windowBits), context);
}

/** Opens a context whose input may refer back to `window`. Return it by `giveInflate`. @throws {InflateError} */
export function openInflate(windowBits: number, window: Uint8Array): InflateContext {
  const context = takeInflate(windowBits);
  if (window.length > 0) context.remember(window);
  return context;
}

/** A zlib context that inflates step by step. */
class InflateContext implements StoredContext {
  readonly #zlib: DrivenZlib;
  /** True when zlib itself has failed, so that the context cannot be reset. */
  isBroken = false;

  constructor(zlib: DrivenZlib) {
    this.#zlib = zlib;
  }

  /** Bytes of the last input, up to its `stop`, that were not read. */
  get inputLeft(): number {
    return this.#zlib.inputLeft;
  }

  /** True when the last `step` filled all its room, so that there may be more output without further input. */
  get isFull(): boolean {
    return this.#zlib.outputLeft === 0;
  }

  /**
   * Inflates `input` from `at` to `stop` into at most `room` bytes, and no more than the scratch memory holds. The
   * result is a view of the scratch memory. Input is left over when there is no more room, or behind a block with
   * BFINAL.
   * @throws {InflateError} The context must then be closed, or returned by `giveInflate`.
   */
  step(input: Uint8Array, at: number, stop: number, room: number): Uint8Array {
    const output = scratch();
    const length = Math.min(room, SCRATCH_LENGTH);
    this.#zlib.run(constants.Z_SYNC_FLUSH, input, at, stop, output, length);
    this.#check();
    return output.subarray(0, length - this.#zlib.outputLeft);
  }

  /** Reads a window that later input may refer back to. */
  remember(window: Uint8Array): void {
    const { length } = window;
    // RFC 1951 §3.2.4: as a stored block, which zlib reads as fast as it can copy.
    const header = Uint8Array.of(0, length & 0xff, length >>> 8, ~length & 0xff, (~length >>> 8) & 0xff);
    this.step(header, 0, header.length, SCRATCH_LENGTH);
    this.step(window, 0, length, SCRATCH_LENGTH);
  }

  /** Tells how the payload ends. All of its output must have been taken before. @throws {InflateError} */
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
