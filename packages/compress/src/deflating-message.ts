import type { DeflateContext } from './deflate-context.js';
import { CompressClosedError } from './errors.js';

const NOTHING = new Uint8Array(0);

/** A message that is deflated piece by piece; `Deflater.start` makes it. The results, joined, are its payload. */
export class DeflatingMessage {
  readonly #onPiece: (piece: Uint8Array) => void;
  readonly #onEnd: (isWhole: boolean) => void;
  #context: DeflateContext | undefined;

  /** Called by `Deflater` alone. */
  constructor(context: DeflateContext, onPiece: (piece: Uint8Array) => void, onEnd: (isWhole: boolean) => void) {
    this.#context = context;
    this.#onPiece = onPiece;
    this.#onEnd = onEnd;
  }

  /**
   * Deflates the next piece. The output is flushed, so that the peer can inflate the whole piece at once.
   * @throws {DeflateError} if zlib fails: the message has then ended. {CompressClosedError} after its end.
   */
  push(piece: Uint8Array): Uint8Array {
    if (this.#context === undefined) throw new CompressClosedError('DeflatingMessage');
    if (piece.length === 0) return NOTHING;
    try {
      const output = this.#context.deflate(piece, Number.POSITIVE_INFINITY) ?? NOTHING;
      this.#onPiece(piece);
      return output;
    } catch (error) {
      this.cancel();
      throw error;
    }
  }

  /** Ends the message and returns the last bytes of its payload. @throws {CompressClosedError} after its end. */
  finish(): Uint8Array {
    if (this.#context === undefined) throw new CompressClosedError('DeflatingMessage');
    this.#end(true);
    // RFC 7692 §7.2.3.6: the header of an empty stored block; its other four bytes are the tail that is not sent.
    return new Uint8Array(1);
  }

  /** Gives up the message and frees its memory. May be called again, and after the end. */
  cancel(): void {
    if (this.#context !== undefined) this.#end(false);
  }

  #end(isWhole: boolean): void {
    this.#context = undefined;
    this.#onEnd(isWhole);
  }
}
