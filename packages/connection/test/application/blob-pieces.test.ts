import { randomBytes } from 'node:crypto';
import { afterEach, expect, test, vi } from 'vitest';
import { openSource, toPiece } from '../../src/application/source.js';

afterEach(() => void vi.unstubAllGlobals());

/** A Blob as older browsers and jsdom have them: it can be cut, and some can be read. */
function oldBlob(blob: Blob, isReadable: boolean): object {
  return {
    size: blob.size,
    slice: (start: number, end: number) => oldBlob(blob.slice(start, end), isReadable),
    ...(isReadable ? { arrayBuffer: () => blob.arrayBuffer() } : { blob }),
  };
}

/** What reads a Blob that cannot be read by itself. */
class StandInReader {
  result: unknown;
  error: unknown;
  onload = (): void => {};
  onerror = (): void => {};

  readAsArrayBuffer({ blob }: { blob: Blob }): void {
    blob.arrayBuffer().then(
      (result) => {
        this.result = result;
        this.onload();
      },
      (error) => {
        this.error = error;
        this.onerror();
      },
    );
  }
}

async function read(source: object): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  const opened = openSource(source);
  for (let next = await opened.next(); next.done !== true; next = await opened.next()) pieces.push(toPiece(next.value));
  return pieces;
}

test.each([true, false])(
  'a Blob that has no stream is read piece by piece, by its own method: %s',
  async (isReadable) => {
    vi.stubGlobal('FileReader', StandInReader);
    for (const size of [0, 1, 65_536, 65_537, 200_000]) {
      const bytes = randomBytes(size);
      const pieces = await read(oldBlob(new Blob([bytes]), isReadable));
      expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
      expect(Math.max(0, ...pieces.map(({ length }) => length))).toBeLessThanOrEqual(65_536);
    }
  },
);

test('an error of reading is the error of the source', async () => {
  vi.stubGlobal('FileReader', StandInReader);
  const broken = { arrayBuffer: () => Promise.reject(new Error('the file is gone')) } as unknown as Blob;
  await expect(read({ size: 1, slice: () => ({ blob: broken }) })).rejects.toThrow('the file is gone');
});

test('without anything that can read it, it is no source', () => {
  expect(() => openSource(oldBlob(new Blob(['a']), false))).toThrow('source: a string, bytes, a Blob');
});
