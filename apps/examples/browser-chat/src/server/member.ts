import { ClosedError, type Connection, type Message, MessageCancelledError, MessageType } from 'webson';
import {
  BadMessage,
  Goodbye,
  limits,
  parseFetch,
  parseSay,
  parseUploadHead,
  type Say,
  Type,
  type UploadHead,
} from '../shared/protocol.js';
import { encodeHead, StreamHead } from '../shared/stream-head.js';
import type { FileStore } from './file-store.js';
import { RateLimit } from './rate-limit.js';
import type { Visitor } from './visitor.js';

/** Messages at once, and a second, of one page. */
const BURST = 40;
const PER_SECOND = 10;
/** How many messages in a row may come too fast, before a page is sent away. */
const PATIENCE = 100;
/** Files under way at a time, in each direction: one that a page has done with may be under way here for a little longer. */
const MAX_TRANSFERS = 2 * limits.transfers;
/** Bytes of a probe, at most. */
const MAX_PROBE = 64;

/** What was asked for, under a key. */
interface Request {
  readonly key: string;
}

/** The chat that a member is in. */
export interface MemberRoom {
  readonly files: FileStore;
  say(member: Member, say: Say): void;
  share(member: Member, head: UploadHead, source: AsyncIterable<Uint8Array>): Promise<void>;
  /** Tells whoever watches the server what has gone wrong in it. */
  report(error: unknown): void;
}

/** One page that has been let in: what it asks for, and what it is answered. */
export class Member {
  readonly name: string;
  readonly #connection: Connection<Visitor>;
  readonly #room: MemberRoom;
  readonly #rate = new RateLimit(BURST, PER_SECOND, performance.now());
  #uploads = 0;
  #downloads = 0;
  #tooFast = 0;

  constructor(connection: Connection<Visitor>, name: string, room: MemberRoom) {
    this.name = name;
    this.#connection = connection;
    this.#room = room;
  }

  /** Registers the handlers of the connection, which is not started yet. */
  listen(): void {
    const connection = this.#connection;
    const room = this.#room;
    connection
      .onMessage(Type.Chat, (message) => {
        return this.#answer(
          () => parseSay(message.text()),
          (say) => room.say(this, say),
        );
      })
      .onMessage(Type.Fetch, (message) => {
        return this.#answer(
          () => parseFetch(message.text()),
          (wanted) => this.#send(wanted.key, wanted.file),
        );
      })
      .onMessage(Type.Probe, (message) => {
        return this.#answer(
          () => probeOf(message),
          ({ probe }) => void connection.dispatch(Type.Probe, probe),
        );
      })
      // A file is read as it comes: it may be larger than a message may be.
      .onMessage(Type.File, (message) => this.#receive(message), { stream: true });
    for (const type of [MessageType.Text, MessageType.Binary]) {
      connection.onMessage(type, () => {
        return this.#answer(
          () => {
            throw new BadMessage('text and binary messages mean nothing here: the types are in protocol.ts');
          },
          () => {},
        );
      });
    }
  }

  /** Sends a message of a type, as JSON. */
  tell(type: number, value: object): void {
    this.#connection.dispatch(type, JSON.stringify(value));
  }

  // Reads what is asked for, and does it, in the turn in which it came: answers keep the order of messages. What is wrong with
  // a message is told to the page, and to nobody else; what is wrong with the server is told to its log.
  #answer<T extends Request>(read: () => T, act: (request: T) => unknown): unknown {
    const isAllowed = this.#rate.take(performance.now());
    this.#tooFast = isAllowed ? 0 : this.#tooFast + 1;
    if (this.#tooFast > PATIENCE) {
      this.#connection.close(Goodbye.TooMuch, 'too many messages');
      return undefined;
    }
    let key = '';
    try {
      const request = read();
      key = request.key;
      if (!isAllowed) throw new BadMessage(`at most ${PER_SECOND} messages a second: try again in a moment`);
      const acting = act(request);
      return acting instanceof Promise ? acting.catch((error) => this.#explain(key, error)) : undefined;
    } catch (error) {
      this.#explain(key, error);
      return undefined;
    }
  }

  #explain(key: string, error: unknown): void {
    // The page has left, or wants no more of it.
    if (error instanceof ClosedError || error instanceof MessageCancelledError) return;
    if (error instanceof BadMessage) {
      this.#refuse(error.key === '' ? key : error.key, error.message);
    } else {
      this.#room.report(error);
      this.#refuse(key, 'the server has failed');
    }
  }

  #refuse(key: string, reason: string): void {
    try {
      this.tell(Type.Refused, { key, reason });
    } catch (error) {
      // It has left meanwhile.
      if (!(error instanceof ClosedError)) throw error;
    }
  }

  async #receive(message: Message): Promise<void> {
    const pieces = message.readIter();
    try {
      const head = new StreamHead();
      let first: Uint8Array = new Uint8Array(0);
      let problem: unknown;
      try {
        first = await readHead(pieces, head);
      } catch (error) {
        problem = error;
      }
      await this.#answer(
        () => {
          if (problem !== undefined) throw problem;
          return parseUploadHead(head.json ?? '');
        },
        (upload) => this.#keep(upload, joined(first, pieces)),
      );
    } finally {
      // What was not read to its end is stopped: its sender sends no more of it.
      await pieces.return();
    }
  }

  async #keep(upload: UploadHead, source: AsyncIterable<Uint8Array>): Promise<void> {
    if (this.#uploads === MAX_TRANSFERS) throw new BadMessage(`at most ${MAX_TRANSFERS} files at a time`);
    this.#uploads++;
    try {
      await this.#room.share(this, upload, source);
    } finally {
      this.#uploads--;
    }
  }

  async #send(key: string, id: string): Promise<void> {
    const { files } = this.#room;
    if (!files.has(id)) throw new BadMessage('this file is not kept any more');
    if (this.#downloads === MAX_TRANSFERS) throw new BadMessage(`at most ${MAX_TRANSFERS} files at a time`);
    this.#downloads++;
    try {
      await this.#connection.dispatchReader(Type.File, headed(key, files, id));
    } finally {
      this.#downloads--;
    }
  }
}

function probeOf(message: Message): Request & { readonly probe: Uint8Array } {
  const probe = message.read();
  if (probe.length > MAX_PROBE) throw new BadMessage(`a probe has at most ${MAX_PROBE} bytes`);
  return { key: '', probe };
}

// Returns what has come behind the head.
async function readHead(pieces: AsyncIterator<Uint8Array>, head: StreamHead): Promise<Uint8Array> {
  for (;;) {
    const next = await pieces.next();
    if (next.done) throw new BadMessage('a file begins with a head');
    const behind = head.push(next.value);
    if (head.json !== undefined) return behind;
  }
}

async function* joined(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (first.length > 0) yield first;
  yield* rest;
}

// Opened with the first piece, and closed with the last, or when no more is wanted.
async function* headed(key: string, files: FileStore, id: string): AsyncGenerator<Uint8Array> {
  yield encodeHead({ key });
  yield* files.read(id);
}
