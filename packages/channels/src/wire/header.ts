import { ChannelError } from '../channel-error.js';

/** What a message of a channel is. */
export const Kind = {
  /** A channel is opened; the bytes of who opens it follow. */
  Open: 0,
  /** A channel is accepted; the bytes of who accepts it follow. */
  Accept: 1,
  /** A channel is refused. */
  Refuse: 2,
  /** A channel is given up. */
  Reset: 3,
} as const;

/** The beginning of a message: see docs/CHANNELS.md. Nothing follows that of the last two. */
export type Header =
  | { readonly kind: typeof Kind.Open; readonly id: number; readonly name: string; readonly meta: unknown }
  | { readonly kind: typeof Kind.Accept; readonly id: number }
  | {
      readonly kind: typeof Kind.Refuse | typeof Kind.Reset;
      readonly id: number;
      readonly code: number;
      readonly reason: string;
    };

/** A header, and how many bytes it has taken. */
export interface ParsedHeader {
  readonly header: Header;
  readonly length: number;
}

/** Most bytes of a name, and of a reason, in UTF-8. */
export const MAX_TEXT = 1024;
/** Most bytes of `meta` as JSON. */
export const MAX_META = 65_535;

/** Bytes of the kind and the id, which all headers begin with. */
const START = 5;
/** Bytes of the lengths of name and `meta`. */
const LENGTHS = 4;
/** Bytes of the code and the length of the reason. */
const CODE = 6;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The error for a header that breaks the rules of docs/CHANNELS.md. */
export function malformed(what: string): ChannelError {
  return new ChannelError('CHANNEL_PROTOCOL', `malformed header: ${what}`);
}

/** The header of a message that opens a channel. @throws RangeError for a name or `meta` that is too long. */
export function encodeOpen(id: number, name: string, meta: unknown): Uint8Array {
  const nameBytes = encoder.encode(name);
  if (nameBytes.length > MAX_TEXT) throw new RangeError(`name: at most ${MAX_TEXT} bytes, got ${nameBytes.length}`);
  const metaBytes = encodeMeta(meta);
  const { bytes, view } = start(Kind.Open, id, LENGTHS + nameBytes.length + metaBytes.length);
  view.setUint16(START, nameBytes.length);
  view.setUint16(START + 2, metaBytes.length);
  bytes.set(nameBytes, START + LENGTHS);
  bytes.set(metaBytes, START + LENGTHS + nameBytes.length);
  return bytes;
}

/** The header of a message that accepts a channel. */
export function encodeAccept(id: number): Uint8Array {
  return start(Kind.Accept, id, 0).bytes;
}

/** A message that refuses or resets a channel. A reason of more than {@link MAX_TEXT} bytes is cut. */
export function encodeEnd(
  kind: typeof Kind.Refuse | typeof Kind.Reset,
  id: number,
  code: number,
  reason: string,
): Uint8Array {
  const text = cut(encoder.encode(reason));
  const { bytes, view } = start(kind, id, CODE + text.length);
  view.setUint32(START, code);
  view.setUint16(START + 4, text.length);
  bytes.set(text, START + CODE);
  return bytes;
}

/** The header at the beginning of `bytes`; undefined when there are not enough yet. @throws ChannelError `CHANNEL_PROTOCOL`. */
export function parseHeader(bytes: Uint8Array): ParsedHeader | undefined {
  if (bytes.length === 0) return undefined;
  const kind = bytes[0] as number;
  if (kind > Kind.Reset) throw malformed(`kind ${kind}`);
  if (bytes.length < START) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const id = view.getUint32(1);
  if (id === 0) throw malformed('id 0');
  if (kind === Kind.Accept) return { header: { kind, id }, length: START };
  if (kind === Kind.Open) return parseOpen(bytes, view, id);
  if (bytes.length < START + CODE) return undefined;
  const length = START + CODE + atMost(MAX_TEXT, view.getUint16(START + 4), 'reason');
  if (bytes.length < length) return undefined;
  const reason = textOf(bytes.subarray(START + CODE, length), 'reason');
  return {
    header: { kind: kind === Kind.Refuse ? Kind.Refuse : Kind.Reset, id, code: view.getUint32(START), reason },
    length,
  };
}

function parseOpen(bytes: Uint8Array, view: DataView, id: number): ParsedHeader | undefined {
  if (bytes.length < START + LENGTHS) return undefined;
  const nameEnd = START + LENGTHS + atMost(MAX_TEXT, view.getUint16(START), 'name');
  const length = nameEnd + view.getUint16(START + 2);
  if (bytes.length < length) return undefined;
  const name = textOf(bytes.subarray(START + LENGTHS, nameEnd), 'name');
  return { header: { kind: Kind.Open, id, name, meta: parseMeta(bytes.subarray(nameEnd, length)) }, length };
}

function start(kind: number, id: number, rest: number): { bytes: Uint8Array; view: DataView } {
  const bytes = new Uint8Array(START + rest);
  const view = new DataView(bytes.buffer);
  bytes[0] = kind;
  view.setUint32(1, id);
  return { bytes, view };
}

function encodeMeta(meta: unknown): Uint8Array {
  if (meta === undefined) return new Uint8Array(0);
  const json = JSON.stringify(meta) as string | undefined;
  if (json === undefined) throw new TypeError(`meta: what JSON can hold expected, got a ${typeof meta}`);
  const bytes = encoder.encode(json);
  if (bytes.length > MAX_META) throw new RangeError(`meta: at most ${MAX_META} bytes as JSON, got ${bytes.length}`);
  return bytes;
}

function parseMeta(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return undefined;
  const text = textOf(bytes, 'meta');
  try {
    return JSON.parse(text);
  } catch {
    throw malformed('meta is not JSON');
  }
}

function textOf(bytes: Uint8Array, what: string): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw malformed(`${what} is not UTF-8`);
  }
}

function atMost(most: number, length: number, what: string): number {
  if (length > most) throw malformed(`${what} of ${length} bytes`);
  return length;
}

// The bytes of whole characters alone.
function cut(text: Uint8Array): Uint8Array {
  let length = Math.min(text.length, MAX_TEXT);
  while (length > 0 && length < text.length && ((text[length] as number) & 0xc0) === 0x80) length--;
  return text.subarray(0, length);
}
