import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry, Welcome } from '../shared/protocol.js';

/** What an entry is made of, before it has a number. */
export type Draft = Omit<Entry, 'number'>;

/**
 * What was said and shared, in a file to which a line is added for each entry.
 *
 * A line is with the system before anybody hears of its entry: a server that is killed then comes back with it. (Not so when the
 * machine loses its power: that takes `fsync`, and time.)
 */
export class History {
  readonly #path: string;
  readonly #limit: number;
  readonly #entries: Entry[] = [];
  // By author and key: what was sent twice is found here.
  readonly #known = new Map<string, Entry>();
  #room = randomBytes(8).toString('hex');
  #last = 0;
  #lines = 0;
  #file: number;

  /** Reads the history in a folder, which need not be there yet. @param limit entries that are kept. */
  constructor(folder: string, limit: number) {
    mkdirSync(folder, { recursive: true });
    this.#path = join(folder, 'history.jsonl');
    this.#limit = limit;
    this.#load();
    this.#file = this.#rewrite();
  }

  /** What a page is told first. */
  get welcome(): Welcome {
    return { room: this.#room, first: this.#last - this.#entries.length + 1, last: this.#last };
  }

  /** The entries that are kept, the oldest first. */
  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** What a page lacks that has all up to an entry of a room. */
  since(room: string, number: number): readonly Entry[] {
    if (room !== this.#room) return this.#entries;
    return this.#entries.filter((entry) => entry.number > number);
  }

  /** The entry that an author's page has made under this key. */
  find(author: string, key: string): Entry | undefined {
    return this.#known.get(knownBy(author, key));
  }

  /** Adds an entry. Returns it, and those that are not kept any more. @throws the errors of the file system: nothing is added. */
  add(draft: Draft): { entry: Entry; dropped: readonly Entry[] } {
    const entry: Entry = { number: this.#last + 1, ...draft };
    writeSync(this.#file, `${JSON.stringify(entry)}\n`);
    this.#take(entry);
    const dropped = this.#trim();
    this.#lines++;
    if (this.#lines > 2 * this.#limit) {
      closeSync(this.#file);
      this.#file = this.#rewrite();
    }
    return { entry, dropped };
  }

  /** Closes the file. */
  close(): void {
    closeSync(this.#file);
  }

  #load(): void {
    let text = '';
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    for (const line of text.split('\n')) {
      // A server that was killed while it wrote leaves a line that is cut: nobody has heard of that entry.
      const value = parsed(line);
      if (value === undefined) continue;
      if ('room' in value) this.#room = value.room;
      else if (value.number > this.#last) this.#take(value);
    }
    this.#trim();
  }

  #take(entry: Entry): void {
    this.#last = entry.number;
    this.#entries.push(entry);
    this.#known.set(knownBy(entry.author, entry.key), entry);
  }

  #trim(): readonly Entry[] {
    const dropped = this.#entries.splice(0, Math.max(0, this.#entries.length - this.#limit));
    for (const { author, key } of dropped) this.#known.delete(knownBy(author, key));
    return dropped;
  }

  // Beside the old file, which is replaced at once: whenever the server is killed, one of the two is whole.
  #rewrite(): number {
    const lines = [{ room: this.#room }, ...this.#entries].map((value) => `${JSON.stringify(value)}\n`);
    writeFileSync(`${this.#path}.new`, lines.join(''));
    renameSync(`${this.#path}.new`, this.#path);
    this.#lines = this.#entries.length;
    return openSync(this.#path, 'a');
  }
}

function parsed(line: string): Entry | { readonly room: string } | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Entry) : undefined;
  } catch {
    return undefined;
  }
}

function knownBy(author: string, key: string): string {
  return `${author}\n${key}`;
}
