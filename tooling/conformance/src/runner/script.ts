import { type Case, closePayload, frame, type Place, type Role, type Step } from '../case.js';
import { type Frame, frameSize, headerSize, writeFrame } from '../wire/frame.js';
import { Random } from '../wire/random.js';
import type { Item } from '../wire/reader.js';

/** Something that has to have happened when `at` bytes have been sent, and not before. */
export interface Due {
  readonly at: number;
  /** And when our application has closed so many times. */
  readonly closes: number;
  readonly item: Item;
  /** A Close of this code with any reason. */
  readonly isFailure: boolean;
}

/** How the case ends. */
export interface Ending {
  /**
   * closed: both Close frames are exchanged; failed: ours is sent, whatever the peer's says is not read any more;
   * gone: the peer ended without a Close.
   */
  readonly kind: 'closed' | 'failed' | 'gone';
  /** Bytes sent when it is decided. */
  readonly at: number;
  readonly code: number;
  /** Undefined: any. */
  readonly reason: string | undefined;
}

/** Bytes to send, or something else to do. */
export type Part =
  | {
      readonly kind: 'bytes';
      readonly from: number;
      readonly to: number;
      /** What is due has to have happened before anything else is done. */
      readonly waits: boolean;
      readonly isAftermath: boolean;
    }
  | { readonly kind: 'close'; readonly code: number; readonly reason: string }
  | { readonly kind: 'end' };

/** A case as one of the two ends sees it. */
export interface Script {
  /** Everything the peer sends. */
  readonly bytes: Uint8Array;
  /** Bytes of that which belong to the case; what follows shows that the connection lives on, or that it is dead. */
  readonly length: number;
  readonly parts: readonly Part[];
  /** Where headers and payloads begin, in order. */
  readonly marks: readonly number[];
  /** Messages, and the peer's Close, that have to be delivered. */
  readonly delivered: readonly Due[];
  /** Messages and control frames that have to be sent. */
  readonly sent: readonly Due[];
  readonly ending: Ending;
}

const LONG = 64 * 1024;
const CLOSE = 8;
const PONG = 10;
const NO_STATUS = 1005;
const ABNORMAL = 1006;

/** Makes the bytes of a case, and the list of what is due when. */
export function compile({ id, steps }: Case, role: Role): Script {
  const list = typeof steps === 'function' ? steps() : steps;
  const delivered: Due[] = [];
  const sent: Due[] = [];
  const parts: Part[] = [];
  const marks: number[] = [];
  const frames: { at: number; frame: Frame; masked: boolean }[] = [];
  let ending: Ending | undefined;
  let closes = 0;
  let hasEnded = false;
  let at = 0;
  let from = 0;
  let isAftermath = false;

  const cut = (waits: boolean): void => {
    if (at > from) parts.push({ kind: 'bytes', from, to: at, waits, isAftermath });
    from = at;
  };
  const finish = (next: Ending): void => {
    if (ending !== undefined) throw new Error(`${id}: it ends twice`);
    ending = next;
  };
  const play = (step: Step): void => {
    if (step.kind !== 'send') {
      cut(true);
      if (step.kind === 'settle') return;
      parts.push(step);
      if (step.kind === 'end') {
        hasEnded = true;
        if (ending === undefined) finish({ kind: 'gone', at, code: ABNORMAL, reason: '' });
        return;
      }
      closes++;
      sent.push({ at, item: { type: CLOSE, payload: closePayload(step.code, step.reason) }, closes, isFailure: false });
      return;
    }
    const masked = (role === 'server') !== step.frame.wrongMasking;
    const header = headerSize(step.frame, masked);
    const size = frameSize(step.frame, masked);
    marks.push(at, Math.min(at + header, at + size));
    frames.push({ at, frame: step.frame, masked });
    for (const reaction of step.reactions) {
      if (ending !== undefined) throw new Error(`${id}: a reaction after the end`);
      const due = at + size;
      const isClosing = closes > 0;
      switch (reaction.kind) {
        case 'echo':
        case 'deliver':
          if (isClosing !== (reaction.kind === 'deliver'))
            throw new Error(`${id}: echo before our Close, deliver after`);
          delivered.push({ at: due, closes, item: reaction, isFailure: false });
          if (!isClosing) sent.push({ at: due, closes, item: reaction, isFailure: false });
          break;
        case 'pong':
          sent.push({ at: due, closes, item: { type: PONG, payload: reaction.payload }, isFailure: false });
          break;
        case 'close':
        case 'closed': {
          if (isClosing !== (reaction.kind === 'closed'))
            throw new Error(`${id}: close before our Close, closed after`);
          const item = { type: CLOSE, payload: reaction.payload };
          delivered.push({ at: due, closes, item, isFailure: false });
          if (!isClosing) sent.push({ at: due, closes, item, isFailure: false });
          finish({ kind: 'closed', at: due, ...closeInfo(reaction.payload) });
          break;
        }
        case 'fail': {
          if (isClosing !== reaction.silent) throw new Error(`${id}: fail before our Close, failSilently after`);
          const place = at + placeOf(reaction.at, header, size);
          if (place > due) throw new Error(`${id}: it fails at a byte that is not sent`);
          const item = { type: CLOSE, payload: closePayload(reaction.code) };
          if (!isClosing) sent.push({ at: place, closes, item, isFailure: true });
          finish({ kind: 'failed', at: place, code: reaction.code, reason: undefined });
        }
      }
    }
    at += size;
  };

  for (const step of list) play(step);
  // What a peer asks for while much is under way is a case of its own, not part of every long one.
  cut(at >= LONG && ending === undefined);
  const length = at;
  isAftermath = true;
  if (ending === undefined) {
    if (closes > 0) throw new Error(`${id}: our Close is not answered`);
    const payload = closePayload(1000, 'done');
    play({ kind: 'send', frame: frame(9, 'alive?'), reactions: [{ kind: 'pong', payload: Buffer.from('alive?') }] });
    play({ kind: 'send', frame: frame(8, payload), reactions: [{ kind: 'close', payload }] });
  }
  const over: Ending = ending!;
  if (!hasEnded) {
    // RFC 6455 §1.4, §7.1.7: what comes after a Close, or after a failure, is not even looked at.
    for (const ignored of [frame(1, 'after the end'), frame(9, 'after the end'), frame(3, '', { rsv: 7 })]) {
      play({ kind: 'send', frame: ignored, reactions: [] });
    }
  }
  cut(false);

  const bytes = new Uint8Array(at);
  const keys = new Random(id.length * 7919 + frames.length);
  for (const { at: start, frame: one, masked } of frames) {
    const key = one.key ?? Uint8Array.from({ length: 4 }, () => keys.between(0, 255));
    writeFrame(bytes, start, one, masked ? key : undefined);
  }
  return { bytes, length, parts, marks, delivered, sent, ending: over };
}

function placeOf(place: Place, header: number, size: number): number {
  if (place === 'end') return size;
  if (place === 'header') return header;
  return 'header' in place ? place.header : header + place.payload + 1;
}

function closeInfo(payload: Uint8Array): { code: number; reason: string } {
  if (payload.length === 0) return { code: NO_STATUS, reason: '' };
  return {
    code: (payload[0]! << 8) | payload[1]!,
    reason: new TextDecoder('utf-8', { ignoreBOM: true }).decode(payload.subarray(2)),
  };
}
