import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream, mkdirSync, type ReadStream, readdirSync, rmSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { BadMessage, type SharedFile } from '../shared/protocol.js';

/**
 * The files that were shared, in a folder.
 *
 * Nothing that a page sends is ever part of a path: a file is called by an id that is made here.
 */
export class FileStore {
  readonly #folder: string;
  readonly #limit: number;
  // Bytes by id.
  readonly #kept = new Map<string, number>();
  // Of files under way, as they were announced.
  #reserved = 0;

  /**
   * Opens a folder, which need not be there yet, and clears it of what is not among the files to keep.
   *
   * @param limit bytes of all files.
   */
  constructor(folder: string, files: readonly SharedFile[], limit: number) {
    this.#folder = folder;
    this.#limit = limit;
    mkdirSync(folder, { recursive: true });
    for (const { id, size } of files) this.#kept.set(id, size);
    for (const name of readdirSync(folder)) if (!this.#kept.has(name)) rmSync(join(folder, name), { force: true });
  }

  /**
   * Keeps a file as it comes. Rejects with BadMessage when it has not the size that was announced, or when there is no room for
   * it, and with the errors of the source and of the file system; nothing is left of it then.
   */
  async receive(size: number, source: AsyncIterable<Uint8Array>): Promise<Pick<SharedFile, 'id' | 'sha256'>> {
    const used = [...this.#kept.values()].reduce((sum, one) => sum + one, this.#reserved);
    if (used + size > this.#limit) throw new BadMessage('the server has no room for this file');
    const id = randomBytes(12).toString('hex');
    const hash = createHash('sha256');
    const part = join(this.#folder, `${id}.part`);
    this.#reserved += size;
    try {
      await pipeline(measured(source, size, hash), createWriteStream(part, { flags: 'wx' }));
      await rename(part, join(this.#folder, id));
      this.#kept.set(id, size);
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    } finally {
      this.#reserved -= size;
    }
    return { id, sha256: hash.digest('hex') };
  }

  /** Whether a file is kept. */
  has(id: string): boolean {
    return this.#kept.has(id);
  }

  /** Reads a file that is kept. */
  read(id: string): ReadStream {
    return createReadStream(join(this.#folder, id));
  }

  /** Keeps a file no longer. Who is reading it reads it to its end, where the system allows that. */
  async remove(id: string): Promise<void> {
    this.#kept.delete(id);
    await rm(join(this.#folder, id), { force: true });
  }
}

async function* measured(
  source: AsyncIterable<Uint8Array>,
  size: number,
  hash: { update(bytes: Uint8Array): unknown },
): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const piece of source) {
    length += piece.length;
    if (length > size) throw new BadMessage(`more came than the ${size} bytes of the file`);
    hash.update(piece);
    yield piece;
  }
  if (length < size) throw new BadMessage(`only ${length} of the ${size} bytes of the file came`);
}
