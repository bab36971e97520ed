import { constants, type ZlibOptions } from 'node:zlib';
import { DrivenZlib, isDrivable } from './driven-zlib.js';
import { DeflateError } from './errors.js';
import { deflateStream, join } from './raw-stream.js';
import { scratch } from './scratch.js';
import { SpareContexts, type StoredContext } from './spare-contexts.js';
import { SlidingWindow } from './window.js';

/** How zlib deflates. */
export interface DeflateSettings {
  readonly level: number;
  readonly memLevel: number;
  readonly windowBits: number;
}

/** Deflates pieces that may refer back to those before them. */
export interface DeflateContext extends StoredContext {
  /** Whether it may be kept for another message: if not it costs nothing to open. */
  readonly isKeepable: boolean;
  /**
   * A piece as blocks without BFINAL that end with `00 00 ff ff` (RFC 7692 §7.2.1); `undefined` if that would take more
   * than `most` bytes: it is of no use then any more, but to be reset or closed.
   * @throws {DeflateError} and it has to be closed.
   */
  deflate(piece: Uint8Array, most: number): Uint8Array | undefined;
}

/** About as many bytes as a context of zlib takes: Node's has a larger hash table than its manual says (zconf.h). */
export function deflateContextBytes({ memLevel, windowBits }: DeflateSettings): number {
  return 2 ** (Math.max(windowBits, 9) + 2) + 2 ** Math.max(memLevel + 8, 16) + 2 ** (memLevel + 8) + 16_384;
}

const spare = new SpareContexts<DrivenDeflate>();

/** A context with nothing to refer back to. `giveDeflate` takes it back. */
export function takeDeflate(settings: DeflateSettings): DeflateContext {
  if (!isDrivable()) return new DocumentedDeflate(settings, NOTHING);
  return spare.take(keyOf(settings)) ?? new DrivenDeflate(settings);
}

/** Takes back what `takeDeflate` gave. */
export function giveDeflate(settings: DeflateSettings, context: DeflateContext): void {
  if (context instanceof DrivenDeflate) spare.give(keyOf(settings), context);
  else context.close();
}

/** A context that may refer back to `window`. `giveDeflate` takes it back. @throws {DeflateError} */
export function openDeflate(settings: DeflateSettings, window: Uint8Array): DeflateContext {
  if (!isDrivable()) return new DocumentedDeflate(settings, window);
  const context = takeDeflate(settings);
  // As if the window were sent once more. To open a context with a dictionary costs no less, and leaves garbage of that
  // size that Node does not count.
  if (window.length > 0) context.deflate(window, Number.POSITIVE_INFINITY);
  return context;
}

const NOTHING = new Uint8Array(0);

function keyOf({ level, memLevel, windowBits }: DeflateSettings): string {
  return `${level} ${memLevel} ${windowBits}`;
}

/** Options of zlib for these settings. */
export function zlibOptions({ level, memLevel, windowBits }: DeflateSettings, dictionary: Uint8Array): ZlibOptions {
  return {
    level,
    memLevel,
    // zlib's deflate cannot run a raw stream with a window of 2^8 (its manual, deflateInit2; Node passes 9 instead).
    // Run-length matching is documented to refer back by one byte only, which every window holds.
    windowBits: Math.max(windowBits, 9),
    strategy: windowBits === 8 ? constants.Z_RLE : constants.Z_DEFAULT_STRATEGY,
    ...(dictionary.length > 0 ? { dictionary } : undefined),
  };
}

/** One context of zlib. */
class DrivenDeflate implements DeflateContext {
  readonly isKeepable = true;
  readonly #zlib: DrivenZlib;

  constructor(settings: DeflateSettings) {
    try {
      this.#zlib = DrivenZlib.deflate(zlibOptions(settings, NOTHING));
    } catch (error) {
      throw new DeflateError(error);
    }
  }

  deflate(piece: Uint8Array, most: number): Uint8Array | undefined {
    const zlib = this.#zlib;
    const output = scratch();
    const filled: Uint8Array[] = [];
    let length = 0;
    for (let at = 0; ; at = piece.length - zlib.inputLeft) {
      zlib.run(constants.Z_SYNC_FLUSH, piece, at, piece.length, output, output.length);
      if (zlib.fault !== undefined) throw new DeflateError(new Error(zlib.fault));
      const produced = output.length - zlib.outputLeft;
      length += produced;
      if (length > most) return undefined;
      const isDone = zlib.outputLeft > 0;
      if (isDone && filled.length === 0) return new Uint8Array(output.subarray(0, produced));
      filled.push(new Uint8Array(output.subarray(0, produced)));
      if (isDone) return join(filled, length);
    }
  }

  reset(): void {
    this.#zlib.reset();
  }

  close(): void {
    this.#zlib.close();
  }
}

/** The same by the documented calls of Node, which start anew with each: the window is given to zlib with each piece. */
class DocumentedDeflate implements DeflateContext {
  readonly isKeepable = false;
  readonly #settings: DeflateSettings;
  readonly #window: SlidingWindow;
  // Goes into the window only if there is another piece.
  #last: Uint8Array | undefined;

  constructor(settings: DeflateSettings, window: Uint8Array) {
    this.#settings = settings;
    this.#window = new SlidingWindow(Math.max(settings.windowBits, 9));
    if (window.length > 0) this.#window.append(window);
  }

  deflate(piece: Uint8Array, most: number): Uint8Array | undefined {
    if (this.#last !== undefined) this.#window.append(this.#last);
    const output = deflateStream(piece, zlibOptions(this.#settings, this.#window.bytes));
    // The caller may write to its piece once this has returned.
    this.#last = piece.slice();
    return output.length > most ? undefined : output;
  }

  reset(): void {
    this.#last = undefined;
    this.#window.clear();
  }

  close(): void {
    this.reset();
  }
}
