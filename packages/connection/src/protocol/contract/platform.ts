import type {
  FrameDecoder,
  FrameDecoderOptions,
  FrameScanner,
  maskPayload,
  privateMaskOf,
  writeHeader,
} from '@webson/frame';
import type { Questions } from './shared-settings.js';

/** What whoever runs the program should know. */
export interface Warning {
  /** Stable, and meant for programs: it begins with `WEBSON_`. */
  readonly code: string;
  readonly message: string;
  /** More of it in further lines: the stack of an error, for example. */
  readonly detail?: string;
  /** The error that the warning is about, if there is one. `detail` holds what of it may be shown as text. */
  readonly error?: Error;
}

/** What knows the stacks of errors. Neither of these throws. */
export interface Stacks {
  /** The innermost place in the code of the application: what throws from the same place is taken for the same mistake. */
  placeOf(error: Error): string;
  /** The stack of an error and of its causes. */
  stackOf(error: Error): string;
}

/** What reads frames. */
export type FrameReader = Pick<FrameDecoder, 'push' | 'accept' | 'stop' | 'suspend' | 'isAscii' | 'isLent'>;

/** What masks frames as they are written (RFC 6455 §5.3). */
export interface FrameMasking {
  readonly writeHeader: typeof writeHeader;
  readonly maskPayload: typeof maskPayload;
  readonly privateMaskOf: typeof privateMaskOf;
}

/** What a run-time does in another way than others, or faster than portable code. */
export interface Platform {
  /**
   * Allocates `length` bytes with arbitrary contents: the caller must write every byte before the memory is shown or
   * sent.
   */
  allocate(length: number): Uint8Array;
  /**
   * Allocates memory that several messages share, with arbitrary contents. Its buffer must be one that cannot be
   * transferred, so that the owner of one message cannot take the memory from the others. Missing where that is
   * impossible: then no messages share memory.
   */
  readonly allocateShared?: ((length: number) => Uint8Array) | undefined;
  /**
   * Makes it impossible to transfer the buffer of `bytes`, so that they can be sent without a copy. Missing where that
   * is impossible: then everything is copied before it is sent.
   */
  readonly pin?: ((bytes: Uint8Array) => void) | undefined;
  /** Returns the length of `text` as UTF-8, in bytes. */
  utf8Length(text: string): number;
  /**
   * Writes `text` as UTF-8 to `target` at `offset`; the caller provides the room. A lone surrogate becomes U+FFFD.
   * Returns the number of bytes written.
   */
  writeUtf8(target: Uint8Array, offset: number, text: string): number;
  /** True when `bytes` is complete, valid UTF-8. */
  isUtf8(bytes: Uint8Array): boolean;
  /**
   * Decodes `bytes`, which are valid UTF-8. A leading BOM is kept.
   *
   * @param isAscii true when the bytes are known to be ASCII.
   */
  readUtf8(bytes: Uint8Array, isAscii: boolean): string;
  /** Makes what reads the frames of a connection. */
  createDecoder(options: FrameDecoderOptions): FrameReader;
  /** Missing where no frame is masked, as all of them travel inside the messages of another WebSocket. */
  readonly masking?: FrameMasking | undefined;
  /** Finds and unmasks frames faster than the decoder, in chunks that are lent; missing where there is none. */
  readonly scanner?: FrameScanner | undefined;
  /** What to ask about keys, masks and dialects when the two ends seem to differ; missing where one has no choice about them. */
  readonly questions?: Questions | undefined;
  /** Missing where who shows a warning shows its error by itself. */
  readonly stacks?: Stacks | undefined;
  /** Shows a warning to whoever runs the program. Missing where nobody could see it. Never throws. */
  readonly warn?: ((warning: Warning) => void) | undefined;
  /**
   * Writes a line of what goes on: openings, refusals, ends. It holds no payload, no value of a query, and no value of a header
   * field that may be secret. Undefined unless somebody wants to see it. Never throws.
   *
   * @param about the connection that the line is about; lines about the same one can be told from others.
   */
  readonly trace?: ((event: string, about?: object) => void) | undefined;
}
