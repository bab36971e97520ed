/*
 * What page and server agree on. Both import this file.
 *
 * The type of a message says what it is, so no field has to: types 3 to 7 are data, 11 to 15 are control messages, which are at
 * most 125 bytes and wait behind nothing. Bodies are JSON, except those of files.
 */

/** The types of messages. */
export const Type = {
  /** Page: a message to say, {@link Say}. Server: an entry of the history, {@link Entry}. */
  Chat: 3,
  /** Server: the names of all who are there, an array. */
  Members: 4,
  /** Both: a file, as it is read. A head in front of its bytes says which: {@link UploadHead}, {@link DownloadHead}. */
  File: 5,
  /** Server: something that the page asked for is not done, {@link Refused}. */
  Refused: 6,
  /** Page: anything. Server: the same. The time until it is back is what a chat message takes. */
  Probe: 7,
  /** Page: a file is wanted, {@link Fetch}. */
  Fetch: 11,
  /** Server: the first message of all, {@link Welcome}. */
  Welcome: 12,
} as const;

/** Codes with which the server closes a connection that is not wanted back. */
export const Goodbye = {
  NameTaken: 4001,
  Full: 4002,
  TooMuch: 4003,
} as const;

/** Where the server listens for pages. */
export const PATH = '/chat';

/** What bounds a chat. Lengths are in UTF-16 code units, sizes in bytes. */
export const limits = {
  name: 24,
  text: 2000,
  fileName: 120,
  fileSize: 256 * 1024 * 1024,
  /** All files that the server keeps. */
  store: 1024 * 1024 * 1024,
  members: 100,
  /** Entries that the server keeps. */
  history: 500,
  /** Files under way to or from one page, in each direction. */
  transfers: 4,
  /** A whole message. */
  message: 16 * 1024,
} as const;

/** Something to say. */
export interface Say {
  /** Made by the page: a message that is sent twice, because nobody knows what became of it, is said once. */
  readonly key: string;
  readonly text: string;
}

/** A file that the server keeps. */
export interface SharedFile {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  /** In hexadecimal digits. */
  readonly sha256: string;
}

/** What was said or shared. */
export interface Entry {
  /** Counts from 1, without a gap. */
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly author: string;
  /** As the author's page has made it. */
  readonly key: string;
  readonly text?: string;
  readonly file?: SharedFile;
}

/** What the history is: pages keep what they have of it, and are sent the rest. */
export interface Welcome {
  /** Another one when the history has begun anew: numbers of the old one mean nothing then. */
  readonly room: string;
  /** The first entry that is kept, and the last; `last` is one less when there is none. */
  readonly first: number;
  readonly last: number;
}

/** Why something is not done. */
export interface Refused {
  /** That of what was asked for; '' when there was none to be read. */
  readonly key: string;
  /** For people. */
  readonly reason: string;
}

/** Stands in front of the bytes of a file that a page shares. */
export interface UploadHead {
  readonly key: string;
  readonly name: string;
  readonly size: number;
}

/** A file is wanted: the key comes back in the head of it. */
export interface Fetch {
  readonly key: string;
  readonly file: string;
}

/** Stands in front of the bytes of a file that the server sends. */
export interface DownloadHead {
  readonly key: string;
}

/** A message that is not as it should be. Its text is for the one who sent it. */
export class BadMessage extends Error {
  override readonly name: string = 'BadMessage';
  /** That of the message, as far as it could be read. */
  readonly key: string;

  constructor(message: string, key = '') {
    super(message);
    this.key = key;
  }
}

/** Reads a {@link Say}. @throws BadMessage */
export function parseSay(json: string): Say {
  const { key, text } = fieldsOf(json);
  const known = checkKey(key);
  if (typeof text !== 'string') throw new BadMessage('a message needs a text', known);
  const problem = textProblem(text);
  if (problem !== undefined) throw new BadMessage(problem, known);
  return { key: known, text };
}

/** Reads an {@link UploadHead}. @throws BadMessage */
export function parseUploadHead(json: string): UploadHead {
  const { key, name, size } = fieldsOf(json);
  const known = checkKey(key);
  const problem = typeof name === 'string' ? fileNameProblem(name) : 'a file needs a name';
  if (problem !== undefined) throw new BadMessage(problem, known);
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    throw new BadMessage('a file needs a size, in bytes', known);
  }
  if (size > limits.fileSize) throw new BadMessage(`a file has at most ${limits.fileSize / 2 ** 20} MiB`, known);
  return { key: known, name: name as string, size };
}

/** Reads a {@link Fetch}. @throws BadMessage */
export function parseFetch(json: string): Fetch {
  const { key, file } = fieldsOf(json);
  const known = checkKey(key);
  if (typeof file !== 'string' || !/^[0-9a-f]{24}$/.test(file)) {
    throw new BadMessage('a file is named by its id, 24 hexadecimal digits', known);
  }
  return { key: known, file };
}

/** What is wrong with a name of a person; undefined for nothing. */
export function nameProblem(name: string): string | undefined {
  if (name === '') return 'a name is needed';
  if (name.length > limits.name) return `a name has at most ${limits.name} characters`;
  // No look-alikes by spaces at the ends or two in a row, and nothing that is not seen.
  if (/^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}._'’-]| (?! |$))*$/u.test(name) && name === name.normalize('NFC'))
    return undefined;
  return 'a name begins with a letter or digit, and has letters, digits, single spaces and . _ - ’ in it';
}

/** What is wrong with a text; undefined for nothing. */
export function textProblem(text: string): string | undefined {
  if (text.trim() === '') return 'an empty message says nothing';
  if (text.length > limits.text) return `a message has at most ${limits.text} characters`;
  // Tabs and ends of lines are fine.
  return /[^\P{Cc}\t\n]/u.test(text) ? 'a message has no control characters' : undefined;
}

/** What is wrong with the name of a file; undefined for nothing. */
export function fileNameProblem(name: string): string | undefined {
  if (name === '') return 'a file needs a name';
  if (name.length > limits.fileName) return `the name of a file has at most ${limits.fileName} characters`;
  if (/[/\\]/.test(name) || name === '.' || name === '..') return 'the name of a file is not a path';
  // Marks of direction make `gpj.exe` look like `exe.jpg`.
  return /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.test(name)
    ? 'the name of a file has no control characters'
    : undefined;
}

/** Whether a text may be a key, or the secret of a page. */
export function isKey(text: string): boolean {
  return /^[\w-]{8,36}$/.test(text);
}

function checkKey(key: unknown): string {
  if (typeof key === 'string' && isKey(key)) return key;
  throw new BadMessage('a key is 8 to 36 letters, digits and _ -');
}

function fieldsOf(json: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new BadMessage('a message of this type is JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BadMessage('a message of this type is a JSON object');
  }
  return value as Record<string, unknown>;
}
