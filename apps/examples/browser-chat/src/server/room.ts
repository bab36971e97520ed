import { join } from 'node:path';
import { type Connection, Pool, Status } from 'webson';
import { BadMessage, Goodbye, limits, type Say, Type, type UploadHead } from '../shared/protocol.js';
import { FileStore } from './file-store.js';
import { type Draft, History } from './history.js';
import { Member, type MemberRoom } from './member.js';
import { Members } from './members.js';
import type { Visitor } from './visitor.js';

/** Called with a line for whoever watches the server. */
export type Log = (line: string) => void;

/** The chat: who is there, what was said, and the files. */
export class Room implements MemberRoom {
  /** The files that were shared. */
  readonly files: FileStore;
  readonly #history: History;
  readonly #members = new Members();
  // A page that does not read is closed with 1013 and may come back: the others never wait for it.
  readonly #pool = new Pool({ name: 'room', size: limits.members, slowConsumer: 'close' });
  readonly #log: Log;
  #isClosed = false;

  /** Opens the chat that is kept in a folder. */
  constructor(folder: string, log: Log) {
    this.#log = log;
    this.#history = new History(folder, limits.history);
    const files = this.#history.entries.flatMap(({ file }) => file ?? []);
    this.files = new FileStore(join(folder, 'files'), files, limits.store);
  }

  /** Takes in a connection that is not started yet. */
  enter(connection: Connection<Visitor>): void {
    const { data } = connection;
    const name = this.#pool.size < limits.members ? this.#members.enter(data.name, data.secret) : undefined;
    if (name === undefined) {
      const isFull = this.#pool.size >= limits.members;
      connection.onReady((page) => {
        if (isFull) page.close(Goodbye.Full, `${limits.members} people are here, which is all there is room for`);
        else page.close(Goodbye.NameTaken, `${data.name} is somebody else here`);
      });
      void connection.start();
      return;
    }
    new Member(connection, name, this).listen();
    connection.onStatus(Status.Closed, () => {
      this.#members.leave(name);
      this.#tellMembers(`${name} left`);
    });
    connection.onReady((page) => {
      page.dispatch(Type.Welcome, JSON.stringify(this.#history.welcome));
      // All in one turn: what is said from now on comes behind.
      for (const entry of this.#history.since(data.room, data.since)) page.dispatch(Type.Chat, JSON.stringify(entry));
      this.#tellMembers(`${name} joined`);
    });
    this.#pool.add(connection);
  }

  /** Tells everybody what somebody says; again only them, when it was said before. */
  say(member: Member, { key, text }: Say): void {
    if (!this.#repeat(member, key)) this.#add({ time: Date.now(), author: member.name, key, text });
  }

  /** Keeps a file of somebody, and tells everybody. Rejects as {@link FileStore.receive} does. */
  async share(member: Member, { key, name, size }: UploadHead, source: AsyncIterable<Uint8Array>): Promise<void> {
    if (this.#repeat(member, key)) return;
    const { id, sha256 } = await this.files.receive(size, source);
    const draft = { time: Date.now(), author: member.name, key, file: { id, name, size, sha256 } };
    // It may have been sent over two connections at a time, or have come when all was over.
    if (this.#isClosed || this.#repeat(member, key)) await this.files.remove(id);
    else this.#add(draft);
  }

  report(error: unknown): void {
    this.#log(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }

  /** Closes all connections with 1001, and the history. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#pool.close();
    this.#history.close();
  }

  #repeat(member: Member, key: string): boolean {
    const entry = this.#history.find(member.name, key);
    if (entry !== undefined) member.tell(Type.Chat, entry);
    return entry !== undefined;
  }

  #add(draft: Draft): void {
    if (this.#isClosed) throw new BadMessage('the server is being stopped', draft.key);
    const { entry, dropped } = this.#history.add(draft);
    this.#pool.dispatch(Type.Chat, JSON.stringify(entry));
    for (const { file } of dropped) {
      if (file !== undefined) this.files.remove(file.id).catch((error) => this.report(error));
    }
  }

  #tellMembers(event: string): void {
    if (this.#isClosed) return;
    const { names } = this.#members;
    this.#log(`${event}: ${names.length === 0 ? 'nobody is here' : names.join(', ')}`);
    this.#pool.dispatch(Type.Members, JSON.stringify(names));
  }
}
