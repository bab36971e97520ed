import { constants } from 'node:zlib';
import { DrivenZlib, isDrivable } from './driven-zlib.js';
import { DeflateError } from './errors.js';
import { deflateStream, join } from './raw-stream.js';
import { scratch } from './scratch.js';
import { SpareContexts, type StoredContext } from './spare-contexts.js';
import { SlidingWindow } from './window.js';
import type { ZlibSettings } from './zlib-settings.js';

/** The settings of zlib that a message is deflated with. */
export interface DeflateSettings {
  readonly level: number;
  readonly memLevel: number;
  readonly windowBits: number;
}

/** Deflates one piece after another; each piece may refer back to the pieces before it. */
export interface DeflateContext extends StoredContext {
  /**
   * Whether keeping the context for another message is worthwhile. A context for which it is not costs nothing to open.
   */
  readonly isKeepable: boolean;
  /**
   * Deflates a piece into blocks without BFINAL that end with `00 00 ff ff` (RFC 7692 §7.2.1). Returns `undefined` if
   * they would take more than `most` bytes; the context must then be reset or closed.
   * @throws {DeflateError} The context must then be closed.
   */
  deflate(piece: Uint8Array, most: number): Uint8Array | undefined;
}

/** About how many bytes a zlib context takes. Node's has a larger hash table than zlib's manual says (zconf.h). */
export function deflateContextBytes({ memLevel, windowBits }: DeflateSettings): number {
  return 2 ** (Math.max(windowBits, 9) + 2) + 2 ** Math.max(memLevel + 8, 16) + 2 ** (memLevel + 8) + 16_384;
}

const spare = new SpareContexts<DrivenDeflate>();

/** Takes a context without history. Return it by `giveDeflate`. */
export function takeDeflate(settings: DeflateSettings): DeflateContext {
  if (!isDrivable()) return new DocumentedDeflate(settings, NOTHING);
  return spare.take(settingsKey(settings)) ?? new DrivenDeflate(settings);
}

/** Returns a context that `takeDeflate` or `openDeflate` gave, so that another message can use it. */
export function giveDeflate(settings: DeflateSettings, context: DeflateContext): void {
  if (context instanceof DrivenDeflate) spare.give(settingsKey(settings), context);
  else context.close();
}

/** Opens a context whose output may refer back to `window`. Return it by `giveDeflate`. @throws {DeflateError} */
export function openDeflate(settings: DeflateSettings, window: Uint8Array): DeflateContext {
  if (!isDrivable()) return new DocumentedDeflate(settings, window);
  const context = takeDeflate(settings);
  // The window is deflated once more and the output dropped. Opening a context with a dictionary costs no less, and
  // leaves garbage of the size of the window, which Node's memory accounting does not see.
  if (window.length > 0) context.deflate(window, Number.POSITIVE_INFINITY);
  return context;
}

const NOTHING = new Uint8Array(0);

function settingsKey({ level, memLevel, windowBits }: DeflateSettings): string {
  return `${level} ${memLevel} ${windowBits}`;
}

/** The options of Node's zlib for these settings. */
export function zlibOptions({ level, memLevel, windowBits }: DeflateSettings, dictionary: Uint8Array): ZlibSettings {
  return {
    level,
    memLevel,
    // zlib cannot deflate a raw stream with a window of 2^8 bytes (see deflateInit2 in its manual; Node passes 9
    // instead). Run-length matching is documented to refer back by one byte only, which fits every window.
    windowBits: Math.max(windowBits, 9),
    strategy: windowBits === 8 ? constants.Z_RLE : constants.Z_DEFAULT_STRATEGY,
    ...(dictionary.length > 0 ? { dictionary } : undefined),
  };
}

/** A zlib context that lives on between pieces. */
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

/**
 * A context over the documented calls of Node's zlib, each of which starts a new stream. The window is given to zlib as
 * a dictionary with each piece.
 */
class DocumentedDeflate implements DeflateContext {
  readonly isKeepable = false;
  readonly #settings: DeflateSettings;
  readonly #window: SlidingWindow;
  // The last piece. It is added to the window only when another piece follows.
  #last: Uint8Array | undefined;

  constructor(settings: DeflateSettings, window: Uint8Array) {
    this.#settings = settings;
    this.#window = new SlidingWindow(Math.max(settings.windowBits, 9));
    if (window.length > 0) this.#window.append(window);
  }

  deflate(piece: Uint8Array, most: number): Uint8Array | undefined {
    if (this.#last !== undefined) this.#window.append(this.#last);
    const output = deflateStream(piece, zlibOptions(this.#settings, this.#window.bytes));
    // A copy, because the caller may write to the piece once this call has returned.
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
