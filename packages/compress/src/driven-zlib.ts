import { constants, createDeflateRaw, createInflateRaw } from 'node:zlib';
import type { ZlibSettings } from './zlib-settings.js';

/**
 * The native object inside a zlib stream of Node.
 *
 * - It is not documented, although npm and others have relied on it for years. Only this file uses it.
 * - `isDrivable` tests once whether it behaves as this file assumes; where it does not, nothing here is used.
 */
interface ZlibHandle {
  onerror: (message: string, errno: number, code: string) => void;
  writeSync(
    flush: number,
    input: Uint8Array,
    inputAt: number,
    inputLength: number,
    output: Uint8Array,
    outputAt: number,
    outputLength: number,
  ): void;
  reset(): void;
  close(): void;
}

/** The undocumented members of a zlib stream of Node. */
interface ZlibInternals {
  readonly _handle: ZlibHandle;
  /** Two numbers after each run: bytes of room left in the output, and bytes left of the input. */
  readonly _writeState: Uint32Array;
}

/** The smallest chunk that Node allows. Each stream allocates one, which is never used here. */
const SMALLEST_CHUNK = 64;

/** A zlib context that lives on between calls and runs synchronously. It must not be used after `close`. */
export class DrivenZlib {
  /** The error code of zlib that ended the context. */
  fault: string | undefined;
  readonly #handle: ZlibHandle;
  readonly #state: Uint32Array;

  private constructor(stream: unknown) {
    const { _handle: handle, _writeState: state } = stream as ZlibInternals;
    this.#handle = handle;
    this.#state = state;
    handle.onerror = (_message, _errno, code) => {
      this.fault ??= code;
    };
  }

  /** @throws RangeError for options that zlib does not have. */
  static deflate(options: ZlibSettings): DrivenZlib {
    return new DrivenZlib(createDeflateRaw({ ...options, chunkSize: SMALLEST_CHUNK }));
  }

  /** @throws RangeError for options that zlib does not have. */
  static inflate(options: ZlibSettings): DrivenZlib {
    return new DrivenZlib(createInflateRaw({ ...options, chunkSize: SMALLEST_CHUNK }));
  }

  /** Bytes of the last input that were not used. */
  get inputLeft(): number {
    return this.#state[1] ?? 0;
  }

  /** Bytes of the last output that were not filled. */
  get outputLeft(): number {
    return this.#state[0] ?? 0;
  }

  /**
   * Runs zlib on `input` from `at` to `stop`, into at most `room` bytes of `output`. The caller then checks `fault`.
   */
  run(flush: number, input: Uint8Array, at: number, stop: number, output: Uint8Array, room: number): void {
    this.#handle.writeSync(flush, input, at, stop - at, output, 0, room);
  }

  /** Starts a new stream without history. The context must have been opened without a dictionary. */
  reset(): void {
    this.fault = undefined;
    this.#handle.reset();
  }

  /** Frees the memory of the context. */
  close(): void {
    this.#handle.close();
  }
}

let wasFoundDrivable: boolean | undefined;

/**
 * Whether the zlib of this run-time can be driven. It is found out once, by trying everything that this file relies on.
 */
export function isDrivable(): boolean {
  wasFoundDrivable ??= behavesAsAssumed();
  return wasFoundDrivable;
}

/** For tests: overrides what `isDrivable` returns; `undefined` makes it find out again. */
export function setDrivable(isDriven: boolean | undefined): void {
  wasFoundDrivable = isDriven;
}

function behavesAsAssumed(): boolean {
  try {
    const deflate = DrivenZlib.deflate({});
    const inflate = DrivenZlib.inflate({});
    const isRight = roundTrips(deflate, inflate) && roundTrips(deflate, inflate) && reportsFaults(inflate);
    deflate.close();
    inflate.close();
    return isRight;
  } catch {
    return false;
  }
}

/** The length fields of an empty stored block, and one byte more: see `TAIL` in `inflate-context.ts`. */
const BLOCK_END: Uint8Array = Uint8Array.of(0x00, 0x00, 0xff, 0xff, 0x00);

function roundTrips(deflate: DrivenZlib, inflate: DrivenZlib): boolean {
  const input = Uint8Array.from({ length: 300 }, (_, i) => (i * i) & 15);
  const deflated = new Uint8Array(400);
  const inflated = new Uint8Array(400);
  deflate.run(constants.Z_SYNC_FLUSH, input, 0, input.length, deflated, 400);
  const length = 400 - deflate.outputLeft - 4;
  if (deflate.inputLeft !== 0 || deflate.fault !== undefined || length > 300) return false;
  deflate.reset();
  const payload = deflated.subarray(0, length);
  inflate.run(constants.Z_SYNC_FLUSH, payload, 0, length, inflated, 100);
  // Output that does not fit must wait for the next run.
  if (inflate.outputLeft > 0) return false;
  inflate.run(constants.Z_SYNC_FLUSH, payload, length - inflate.inputLeft, length, inflated.subarray(100), 300);
  if (leftOf(inflate) !== '0 100') return false;
  inflate.run(constants.Z_BLOCK, BLOCK_END, 0, BLOCK_END.length, inflated.subarray(300), 100);
  if (leftOf(inflate) !== '1 100' || inflate.fault !== undefined) return false;
  inflate.reset();
  return input.every((byte, i) => byte === inflated[i]);
}

function leftOf({ inputLeft, outputLeft }: DrivenZlib): string {
  return `${inputLeft} ${outputLeft}`;
}

function reportsFaults(inflate: DrivenZlib): boolean {
  inflate.run(constants.Z_SYNC_FLUSH, Uint8Array.of(0x07), 0, 1, new Uint8Array(10), 10);
  return inflate.fault === 'Z_DATA_ERROR';
}
