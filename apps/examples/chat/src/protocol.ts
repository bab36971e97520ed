/** Something that was said. */
export interface Entry {
  /** Counts up in its room, from 1. */
  readonly id: number;
  readonly from: string;
  readonly text: string;
}

/** What a client sends, as JSON. */
export type Request =
  /** With `after` and `epoch` of the last entry that it knows: only those behind it are missing. */
  | { readonly type: 'join'; readonly room: string; readonly after?: number; readonly epoch?: string }
  | { readonly type: 'leave'; readonly room: string }
  | { readonly type: 'who'; readonly room: string }
  | { readonly type: 'say'; readonly room: string; readonly text: string };

/** What the server sends, as JSON. */
export type Event =
  /** The answer to `join`. An `epoch` is one life of the server: ids of another one mean nothing. */
  | { readonly type: 'history'; readonly room: string; readonly epoch: string; readonly entries: readonly Entry[] }
  | { readonly type: 'entry'; readonly room: string; readonly entry: Entry }
  | { readonly type: 'joined' | 'left'; readonly room: string; readonly name: string }
  | { readonly type: 'members'; readonly room: string; readonly names: readonly string[] }
  | { readonly type: 'problem'; readonly text: string };

/** The close code for a token that has expired: 4000 to 4999 are for programs (RFC 6455 §7.4.2). */
export const TOKEN_EXPIRED = 4001;

/** Longest text, in characters. */
const MAX_TEXT = 2000;

/** Takes a request apart that came from anybody. @throws Error that says what is wrong with it. */
export function readRequest(json: unknown): Request {
  const { type, room, text, after, epoch } = Object(json) as Record<string, unknown>;
  if (typeof room !== 'string' || !/^[\w-]{1,32}$/.test(room)) {
    throw new Error(`a room is 1 to 32 letters, digits, _ and -, not ${JSON.stringify(room)}`);
  }
  if (type === 'leave' || type === 'who') return { type, room };
  if (type === 'join') {
    return typeof after === 'number' && typeof epoch === 'string' ? { type, room, after, epoch } : { type, room };
  }
  if (type !== 'say') throw new Error(`there is no request ${JSON.stringify(type)}`);
  if (typeof text !== 'string' || text === '' || text.length > MAX_TEXT) {
    throw new Error(`a text has 1 to ${MAX_TEXT} characters`);
  }
  return { type, room, text };
}
