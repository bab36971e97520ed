import type { ConnectionOptions } from 'webson';
import type { Frame } from './wire/frame.js';

/** Which end is under test. */
export type Role = 'server' | 'client';

/** Both ends: what a case is run against. */
export const ROLES: readonly Role[] = ['server', 'client'];

/** The byte of a frame with which the endpoint has to fail the connection, not one before and not one after. */
export type Place =
  /** The n-th byte of the frame, counted from 1. */
  | { readonly header: number }
  /** The byte of the payload at that index, counted from 0. */
  | { readonly payload: number }
  /** The last byte of the header, the masking key included. */
  | 'header'
  /** The last byte of the frame. */
  | 'end';

/** What the endpoint has to do with a frame. Where a frame has no reaction, nothing at all may happen. */
export type Reaction =
  /** The message is delivered, and comes back: the application is an echo. */
  | { readonly kind: 'echo'; readonly type: number; readonly payload: Uint8Array }
  /** The message is delivered; our Close is out, so nothing comes back (RFC 6455 §5.5.1). */
  | { readonly kind: 'deliver'; readonly type: number; readonly payload: Uint8Array }
  | { readonly kind: 'pong'; readonly payload: Uint8Array }
  /** The peer's Close is answered with its own payload, and the closing handshake is over. */
  | { readonly kind: 'close'; readonly payload: Uint8Array }
  /** The peer's Close answers ours. */
  | { readonly kind: 'closed'; readonly payload: Uint8Array }
  /** The connection fails: a Close of this code, unless ours is out already; then the end of our side. */
  | { readonly kind: 'fail'; readonly code: number; readonly at: Place; readonly silent: boolean };

/** One thing that happens in a case. */
export type Step =
  /** The peer sends a frame; the reactions are due with its last byte, a failure at its place. */
  | { readonly kind: 'send'; readonly frame: Frame; readonly reactions: readonly Reaction[] }
  /** The peer waits for every reaction that is due before it goes on. */
  | { readonly kind: 'settle' }
  /** The application closes. */
  | { readonly kind: 'close'; readonly code: number; readonly reason: string }
  /** The peer ends its side of the transport. */
  | { readonly kind: 'end' };

/** What the peer does, and the one right reaction to it. */
export interface Case {
  /** Unique: `section/name`. */
  readonly id: string;
  readonly title: string;
  /** The rule that decides, as `RFC 6455 §x`. */
  readonly rule: string;
  /** A function where they are large: they are made when they are needed. */
  readonly steps: readonly Step[] | (() => readonly Step[]);
  /** Options of the endpoint, where the defaults will not do. */
  readonly options?: ConnectionOptions;
  /** The bytes are also sent in chunks of so many. */
  readonly chop?: number;
  /** Cases of the Autobahn|Testsuite that this one is as strict as. */
  readonly covers?: readonly string[];
}

/** Cases that belong together. */
export interface Section {
  readonly name: string;
  readonly title: string;
  readonly cases: readonly Case[];
}

type Content = string | Uint8Array;
type FrameOptions = Partial<Omit<Frame, 'opcode' | 'payload'>>;

const DONE: FrameOptions = {};

/** UTF-8 of a string; bytes as they are. */
function bytesOf(content: Content): Uint8Array {
  return typeof content === 'string' ? new TextEncoder().encode(content) : content;
}

/** Bytes from hexadecimal digits, spaces allowed. */
export function hex(digits: string): Uint8Array {
  return Uint8Array.from(Buffer.from(digits.replaceAll(' ', ''), 'hex'));
}

export function concat(...parts: readonly Content[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts.map(bytesOf)));
}

/** A frame of any opcode. */
export function frame(opcode: number, content: Content = '', options: FrameOptions = DONE): Frame {
  return { opcode, payload: bytesOf(content), fin: true, rsv: 0, wrongMasking: false, ...options };
}

export function text(content: Content = '', options?: FrameOptions): Frame {
  return frame(1, content, options);
}

export function binary(content: Content = '', options?: FrameOptions): Frame {
  return frame(2, content, options);
}

/** The first frame of a fragmented text. */
export function textStart(content: Content = '', options?: FrameOptions): Frame {
  return frame(1, content, { fin: false, ...options });
}

/** The first frame of a fragmented binary message. */
export function binaryStart(content: Content = '', options?: FrameOptions): Frame {
  return frame(2, content, { fin: false, ...options });
}

/** A frame in the middle of a message. */
export function part(content: Content = '', options?: FrameOptions): Frame {
  return frame(0, content, { fin: false, ...options });
}

/** The last frame of a message. */
export function last(content: Content = '', options?: FrameOptions): Frame {
  return frame(0, content, options);
}

export function ping(content: Content = '', options?: FrameOptions): Frame {
  return frame(9, content, options);
}

export function pong(content: Content = '', options?: FrameOptions): Frame {
  return frame(10, content, options);
}

/** A Close; without a code its payload is empty. */
export function close(code?: number, reason: Content = '', options?: FrameOptions): Frame {
  return frame(8, closePayload(code, reason), options);
}

/** Code and reason as they are in a Close. */
export function closePayload(code?: number, reason: Content = ''): Uint8Array {
  if (code === undefined) return new Uint8Array(0);
  return concat(Uint8Array.of(code >>> 8, code & 255), reason);
}

export function send(sent: Frame, ...reactions: readonly Reaction[]): Step {
  return { kind: 'send', frame: sent, reactions };
}

export const settle: Step = { kind: 'settle' };

/** The application calls `close`. */
export function closeHere(code: number, reason = ''): Step {
  return { kind: 'close', code, reason };
}

export const end: Step = { kind: 'end' };

/** A text is delivered and echoed. */
export function echo(content: Content): Reaction {
  return { kind: 'echo', type: 1, payload: bytesOf(content) };
}

/** A binary message is delivered and echoed. */
export function echoBinary(content: Content): Reaction {
  return { kind: 'echo', type: 2, payload: bytesOf(content) };
}

/** A text is delivered, after our Close. */
export function deliver(content: Content): Reaction {
  return { kind: 'deliver', type: 1, payload: bytesOf(content) };
}

export function answer(content: Content = ''): Reaction {
  return { kind: 'pong', payload: bytesOf(content) };
}

/** The Close is answered with the same. */
export function closeBack(code?: number, reason: Content = ''): Reaction {
  return { kind: 'close', payload: closePayload(code, reason) };
}

/** Our Close is answered with this. */
export function closed(code?: number, reason: Content = ''): Reaction {
  return { kind: 'closed', payload: closePayload(code, reason) };
}

export function fail(code: number, at: Place): Reaction {
  return { kind: 'fail', code, at, silent: false };
}

/** The connection fails when our Close is out already. */
export function failSilently(code: number, at: Place): Reaction {
  return { kind: 'fail', code, at, silent: true };
}

/** With the first byte of the frame. */
export const atOnce: Place = { header: 1 };
