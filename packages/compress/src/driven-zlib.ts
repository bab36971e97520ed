import { constants, createDeflateRaw, createInflateRaw, type ZlibOptions } from 'node:zlib';

/**
 * What Node's zlib streams are made of. It is not documented; npm and others have relied on it for years. This file is
 * the only one that knows of it, and `isDrivable` tells whether it is what this file takes it for.
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

/** What a zlib stream of Node keeps beside its documented members. */
interface ZlibInternals {
  readonly _handle: ZlibHandle;
  /** Room left in the output, bytes left of the input. */
  readonly _writeState: Uint32Array;
}

/** The smallest that Node allows: a stream sets aside a chunk that is never used here. */
const SMALLEST_CHUNK = 64;

/** A zlib context that lives on between calls and works within them. After `close` it must not be used. */
export class DrivenZlib {
  /** zlib's code of the error that ended it. */
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
  static deflate(options: ZlibOptions): DrivenZlib {
    return new DrivenZlib(createDeflateRaw({ ...options, chunkSize: SMALLEST_CHUNK }));
  }

  /** @throws RangeError for options that zlib does not have. */
  static inflate(options: ZlibOptions): DrivenZlib {
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

  /** Runs zlib on `input` from `at` to `stop`, into `output` up to `room` bytes: look at `fault` afterwards. */
  run(flush: number, input: Uint8Array, at: number, stop: number, output: Uint8Array, room: number): void {
    this.#handle.writeSync(flush, input, at, stop - at, output, 0, room);
  }

  /** Back to the beginning, with nothing to refer back to: only for one that was opened without a dictionary. */
  reset(): void {
    this.fault = undefined;
    this.#handle.reset();
  }

  /** Gives its memory back. */
  close(): void {
    this.#handle.close();
  }
}

let isTrusted: boolean | undefined;

/** Whether this run-time's zlib can be driven: found out once, by trying everything that is relied on. */
export function isDrivable(): boolean {
  isTrusted ??= holds();
  return isTrusted;
}

/** For tests: the other way, or what was found out. */
export function setDrivable(isDriven: boolean | undefined): void {
  isTrusted = isDriven;
}

function holds(): boolean {
  try {
    const deflate = DrivenZlib.deflate({});
    const inflate = DrivenZlib.inflate({});
    const isRight = goesRound(deflate, inflate) && goesRound(deflate, inflate) && tellsFaults(inflate);
    deflate.close();
    inflate.close();
    return isRight;
  } catch {
    return false;
  }
}

/** What comes before the end of a block, and one byte more: see `InflateContext`. */
const BLOCK_END: Uint8Array = Uint8Array.of(0x00, 0x00, 0xff, 0xff, 0x00);

function goesRound(deflate: DrivenZlib, inflate: DrivenZlib): boolean {
  const input = Uint8Array.from({ length: 300 }, (_, i) => (i * i) & 15);
  const deflated = new Uint8Array(400);
  const inflated = new Uint8Array(400);
  deflate.run(constants.Z_SYNC_FLUSH, input, 0, input.length, deflated, 400);
  const length = 400 - deflate.outputLeft - 4;
  if (deflate.inputLeft !== 0 || deflate.fault !== undefined || length > 300) return false;
  deflate.reset();
  const payload = deflated.subarray(0, length);
  inflate.run(constants.Z_SYNC_FLUSH, payload, 0, length, inflated, 100);
  // What has no room waits.
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

function tellsFaults(inflate: DrivenZlib): boolean {
  inflate.run(constants.Z_SYNC_FLUSH, Uint8Array.of(0x07), 0, 1, new Uint8Array(10), 10);
  return inflate.fault === 'Z_DATA_ERROR';
}
