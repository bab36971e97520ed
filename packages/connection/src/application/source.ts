import { type BlobLike, blobPieces, isBlobLike } from './blob-pieces.js';
import { described } from './described.js';
import { memoryOf, toPayload } from './payload.js';

/** The pieces of a message, one after the other, as a source yields them. */
export type Pieces = AsyncIterator<unknown> | Iterator<unknown>;

/** Encodes strings as UTF-8; a lone surrogate becomes U+FFFD. Made when it is first needed: a test environment may have none. */
let encoder: InstanceType<typeof TextEncoder> | undefined;

/**
 * The pieces of a source: a string or bytes are one piece, a Blob is read as its stream.
 *
 * @throws TypeError for what is no source, and what the source's own methods throw.
 */
export function openSource(source: unknown): Pieces {
  if (typeof source === 'string' || memoryOf(source) !== undefined) return [source][Symbol.iterator]();
  const members = membersOf(source);
  const { [Symbol.asyncIterator]: iterateLater, [Symbol.iterator]: iterate, getReader, stream } = members;
  if (typeof iterateLater === 'function') return iterateLater.call(source) as Pieces;
  if (typeof iterate === 'function') return iterate.call(source) as Pieces;
  // Some browsers have web streams that are not iterable.
  if (typeof getReader === 'function') return new ReaderPieces(getReader.call(source) as Reader);
  if (typeof stream === 'function') return openSource(stream.call(source));
  if (isBlobLike(members)) return blobPieces(source as BlobLike);
  throw new TypeError(
    'source: a string, bytes, a Blob, or an iterable, async iterable or ReadableStream of strings or bytes expected, ' +
      `got ${described(source)}`,
  );
}

/** The bytes of a piece; a string is encoded as a whole, so that no character is cut. @throws TypeError for anything else. */
export function toPiece(piece: unknown): Uint8Array {
  if (typeof piece === 'string') {
    encoder ??= new TextEncoder();
    return encoder.encode(piece);
  }
  if (memoryOf(piece) === undefined) {
    throw new TypeError(`source: pieces that are strings or bytes expected, got ${described(piece)}`);
  }
  return toPayload(piece);
}

type Members = Partial<Record<'getReader' | 'stream' | 'slice' | 'size' | 'arrayBuffer' | symbol, unknown>>;

function membersOf(source: unknown): Members {
  return typeof source === 'object' && source !== null ? (source as Members) : {};
}

/** The reader of a web stream. */
interface Reader {
  read(): Promise<IteratorResult<unknown>>;
  cancel(): Promise<void>;
}

class ReaderPieces implements AsyncIterator<unknown> {
  readonly #reader: Reader;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  next(): Promise<IteratorResult<unknown>> {
    return this.#reader.read();
  }

  async return(): Promise<IteratorResult<unknown>> {
    await this.#reader.cancel();
    return { done: true, value: undefined };
  }
}
