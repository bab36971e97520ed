import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { ConnectionOptions } from 'webson';

/** The type of messages that are read while they arrive. Binary ones are handed over whole. */
export const Streamed = 3;

/** The name of the channel. */
export const CHANNEL = 'file';

/** Options of both sides: a whole message may have 256 MiB, the other two ways know no limit. */
export const wireOptions: ConnectionOptions = { enableStreams: true, maxMessageSize: 256 * 1024 * 1024 };

/** Counts and hashes bytes that pass, and hands them on. */
export class Meter {
  readonly #hash = createHash('sha256');
  readonly #onBytes: (length: number) => void;
  #length = 0;

  /** @param onBytes is called with the length of each piece. */
  constructor(onBytes: (length: number) => void = () => {}) {
    this.#onBytes = onBytes;
  }

  /** Counts one piece. */
  take(bytes: Uint8Array): void {
    this.#length += bytes.length;
    this.#hash.update(bytes);
    this.#onBytes(bytes.length);
  }

  /** Counts the pieces of a source as they are asked for. */
  async *through(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const bytes of source) {
      this.take(bytes);
      yield bytes;
    }
  }

  /** What came, for people, once. */
  sum(): string {
    return `${this.#length} bytes, SHA-256 ${this.#hash.digest('hex')}`;
  }
}

/** Makes a file of so many bytes that differ, in little time. */
export async function makeFile(path: string, size: number): Promise<void> {
  const file = await open(path, 'w');
  await file.truncate(size);
  for (let mark = 0; mark < size; mark += 1_000_003) await file.write(`${mark} `, mark);
  await file.truncate(size);
  await file.close();
}
