import type { FrameScanner } from '@webson/frame';

/** What a run-time does faster than portable code. The protocol calls it, the shell provides it. */
export interface Platform {
  /** Memory of `length` bytes, its contents arbitrary: every byte must be written before any is shown or sent. */
  allocate(length: number): Uint8Array;
  /**
   * As `allocate`, for memory that several messages share: who has one of them must not be able to take it from the others.
   * Missing where that cannot be: then they share none.
   */
  readonly allocateShared?: ((length: number) => Uint8Array) | undefined;
  /**
   * What is sent from where it lies must stay there until it is: from now on who has the bytes cannot transfer their buffer.
   * Missing where that cannot be: then everything is copied before it is sent.
   */
  readonly pin?: ((bytes: Uint8Array) => void) | undefined;
  /** Bytes that `text` takes as UTF-8. */
  utf8Length(text: string): number;
  /**
   * Writes `text` as UTF-8 to `target` at `offset`; there is room for it. A lone surrogate becomes U+FFFD. Returns how many
   * bytes it took.
   */
  writeUtf8(target: Uint8Array, offset: number, text: string): number;
  /** True when `bytes` is complete, valid UTF-8. */
  isUtf8(bytes: Uint8Array): boolean;
  /** The text that `bytes` is, valid UTF-8; `isAscii` when it is known to be all ASCII. A leading BOM is kept. */
  readUtf8(bytes: Uint8Array, isAscii: boolean): string;
  /** Takes frames off what is read, if there is one: for chunks that are lent, and lie in its memory. */
  readonly scanner?: FrameScanner | undefined;
}
