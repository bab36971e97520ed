/** What every Blob has. */
export interface BlobLike {
  readonly size: number;
  slice(start: number, end: number): object;
}

/** A class of the web that reads a Blob, where the Blob itself has no method for it. */
interface FileReaderLike {
  readonly result: unknown;
  readonly error: unknown;
  onload: (() => void) | null;
  onerror: (() => void) | null;
  readAsArrayBuffer(blob: object): void;
}

declare const FileReader: (new () => FileReaderLike) | undefined;

/** Bytes that are read at a time, so that a large Blob does not take its size in memory. */
const PIECE_LENGTH = 64 * 1024;

/** True for a Blob that has no `stream`, as that of jsdom and of older browsers, and that can be read all the same. */
export function isBlobLike(value: Partial<Record<'slice' | 'size' | 'arrayBuffer', unknown>>): boolean {
  const { slice, size, arrayBuffer } = value;
  if (typeof slice !== 'function' || typeof size !== 'number') return false;
  return typeof arrayBuffer === 'function' || typeof FileReader === 'function';
}

/** The bytes of such a Blob, piece by piece. */
export async function* blobPieces(blob: BlobLike): AsyncGenerator<unknown, void, undefined> {
  for (let start = 0; start < blob.size; start += PIECE_LENGTH) {
    yield await bytesOf(blob.slice(start, start + PIECE_LENGTH));
  }
}

function bytesOf(part: { arrayBuffer?(): Promise<unknown> }): Promise<unknown> {
  if (part.arrayBuffer !== undefined) return part.arrayBuffer();
  return new Promise((resolve, reject) => {
    const reader = new FileReader!();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsArrayBuffer(part);
  });
}
