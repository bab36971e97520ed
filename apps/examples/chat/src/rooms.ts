import { randomUUID } from 'node:crypto';
import { type Connection, MessageType, Pool, Status } from 'webson';
import { type Entry, type Event, type Request, readRequest, TOKEN_EXPIRED } from './protocol.js';
import type { Member } from './tokens.js';

/** Entries that a room keeps. */
const MAX_HISTORY = 100;
const MAX_ROOMS = 1000;

/** The rooms of a server: each is a group of a pool, and a history. */
export class Rooms {
  // Who does not read is closed, comes back, and gets from the history what he has missed.
  readonly #pool = new Pool({ name: 'chat', slowConsumer: 'close' });
  readonly #histories = new Map<string, Entry[]>();
  readonly #epoch: string = randomUUID();
  #count = 0;

  /** Takes a connection in, and starts it. */
  add(ws: Connection<Member>): void {
    const { name, expiresAt } = ws.data;
    const rooms = new Set<string>();
    // Timers take no more than 2^31 - 1 ms.
    const left = Math.min(Math.max(0, expiresAt - Date.now()), 2 ** 31 - 1);
    const expiry = setTimeout(() => ws.close(TOKEN_EXPIRED, 'the token has expired'), left);
    ws.onMessage(MessageType.Text, (message) => {
      let request: Request;
      try {
        request = readRequest(message.json());
      } catch (error) {
        send(ws, { type: 'problem', text: (error as Error).message });
        return;
      }
      this.#answer(ws, rooms, request);
    });
    ws.onStatus(Status.Closed, () => {
      clearTimeout(expiry);
      for (const room of rooms) this.#leave(ws, room);
    });
    // One user may be there from several terminals.
    this.#pool.add(ws, { name: `${name}#${++this.#count}` });
  }

  #answer(ws: Connection<Member>, rooms: Set<string>, request: Request): void {
    const { type, room } = request;
    if (type !== 'join' && !rooms.has(room)) {
      send(ws, { type: 'problem', text: `you are not in ${room}` });
    } else if (type === 'join') {
      if (!this.#histories.has(room) && this.#histories.size >= MAX_ROOMS) {
        send(ws, { type: 'problem', text: `there are ${MAX_ROOMS} rooms: take one of them` });
        return;
      }
      rooms.add(room);
      this.#join(ws, room, request.epoch === this.#epoch ? (request.after ?? 0) : 0);
    } else if (type === 'leave') {
      rooms.delete(room);
      this.#leave(ws, room);
    } else if (type === 'who') {
      send(ws, { type: 'members', room, names: this.#namesIn(room) });
    } else {
      this.#say(room, ws.data.name, request.text);
    }
  }

  // In one turn: what is said next comes behind the history, and nothing twice.
  #join(ws: Connection<Member>, room: string, after: number): void {
    const history = this.#histories.get(room) ?? [];
    this.#histories.set(room, history);
    send(ws, { type: 'history', room, epoch: this.#epoch, entries: history.filter(({ id }) => id > after) });
    const isNew = !this.#namesIn(room).includes(ws.data.name);
    this.#pool.join(ws.name, room);
    if (isNew) this.#tell(room, { type: 'joined', room, name: ws.data.name }, ws.name);
  }

  #leave(ws: Connection<Member>, room: string): void {
    this.#pool.leave(ws.name, room);
    if (!this.#namesIn(room).includes(ws.data.name))
      this.#tell(room, { type: 'left', room, name: ws.data.name }, ws.name);
  }

  #say(room: string, from: string, text: string): void {
    const history = this.#histories.get(room) ?? [];
    const entry = { id: (history.at(-1)?.id ?? 0) + 1, from, text };
    history.push(entry);
    if (history.length > MAX_HISTORY) history.shift();
    this.#tell(room, { type: 'entry', room, entry });
  }

  #tell(room: string, event: Event, except = ''): void {
    this.#pool.toGroup(room, MessageType.Text, JSON.stringify(event), { except });
  }

  #namesIn(room: string): string[] {
    return [...new Set(this.#pool.members(room).map(({ name }) => name.replace(/#\d+$/, '')))];
  }
}

function send(ws: Connection<Member>, event: Event): void {
  ws.dispatch(MessageType.Text, JSON.stringify(event));
}
