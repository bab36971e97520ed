import { type NaiveFrame, plainRules, readFrames } from './naive-frames.js';
import { checkUtf8 } from './utf8.js';

/** The limits of an endpoint under test. */
export interface Limits {
  readonly maxPayloadSize: number;
  readonly maxMessageSize: number;
  readonly maxFragments: number;
}

/** A message (1, 2) or a control frame (8, 9, 10). */
export interface WireEvent {
  readonly type: number;
  readonly payload: Uint8Array;
}

/** An event, with the byte that completes it. */
export interface ExpectedEvent extends WireEvent {
  readonly at: number;
}

/** How a connection stands when all bytes have come. */
export type Outcome =
  | { readonly kind: 'open' }
  | { readonly kind: 'closed'; readonly code: number; readonly reason: string }
  | { readonly kind: 'failed'; readonly code: number };

/** The byte that broke the rules, and which rule. */
export interface Fault {
  readonly error: string;
  readonly at: number;
  /** The frame it is in begins here. */
  readonly frameStart: number;
}

/** All that an endpoint has to make of a byte stream, however it is cut. */
export interface Expectation {
  readonly events: readonly ExpectedEvent[];
  /** Frames that there are, what comes after the end included. */
  readonly frameCount: number;
  readonly outcome: Outcome;
  readonly fault: Fault | undefined;
  /** The message in progress at the end or when it failed: its type, 0 when there is none. */
  readonly openType: number;
  /** The frame that has not ended, or that broke the rules after its header. */
  readonly openFrame: NaiveFrame | undefined;
  /** Where the header begins that has not ended, or that broke the rules. */
  readonly rest: number;
}

/**
 * An RFC 6455 endpoint, written as simply as can be and without any of the code under test: what it says is what a
 * connection without extensions has to do.
 */
export function expect(bytes: Uint8Array, isClient: boolean, limits: Limits): Expectation {
  const { frames, refusal, rest } = readFrames(bytes, plainRules(isClient, limits.maxPayloadSize));
  const events: ExpectedEvent[] = [];
  let type = 0;
  let fragments = 0;
  let announced = 0;
  let parts: Uint8Array[] = [];
  let utf8From = 0;
  const end = (outcome: Outcome, fault?: Fault, openFrame?: NaiveFrame): Expectation => ({
    events,
    frameCount: frames.length,
    outcome,
    fault,
    openType: type,
    openFrame,
    rest,
  });
  const fail = (frame: NaiveFrame, code: number, error: string, at: number): Expectation =>
    end({ kind: 'failed', code }, { error, at, frameStart: frame.start }, frame);

  for (const frame of frames) {
    const { opcode, payload, fin } = frame;
    const lastByte = frame.end - 1;
    if (opcode >= 8) {
      if (!frame.isComplete) return end({ kind: 'open' }, undefined, frame);
      if (opcode !== 8) {
        events.push({ type: opcode, payload, at: lastByte });
        continue;
      }
      const close = readClose(payload);
      if ('error' in close) return fail(frame, close.code, close.error, lastByte);
      events.push({ type: 8, payload, at: lastByte });
      return end({ kind: 'closed', ...close });
    }
    // RFC 6455 §5.4, §7.4.1: judged once the header is complete.
    const judged = frame.payloadStart - 1;
    if (opcode === 0 && type === 0) return fail(frame, 1002, 'NO_MESSAGE', judged);
    if (opcode !== 0 && type !== 0) return fail(frame, 1002, 'MESSAGE_OPEN', judged);
    if (opcode !== 0) {
      type = opcode;
      fragments = 0;
      announced = 0;
      parts = [];
      utf8From = 0;
    }
    fragments++;
    announced += frame.end - frame.payloadStart;
    if (announced > limits.maxMessageSize) return fail(frame, 1009, 'MESSAGE_TOO_LARGE', judged);
    if (fragments > limits.maxFragments) return fail(frame, 1008, 'TOO_MANY_FRAGMENTS', judged);
    parts.push(payload);
    if (type === 1) {
      // Only what is not known to be complete characters.
      const text = Buffer.concat(parts).subarray(utf8From);
      const { badAt, isComplete } = checkUtf8(text);
      if (badAt >= 0) {
        return fail(frame, 1007, 'UTF8_INVALID', frame.payloadStart + payload.length - (text.length - badAt));
      }
      if (fin && frame.isComplete && !isComplete) {
        return fail(frame, 1007, 'UTF8_INVALID', payload.length > 0 ? lastByte : judged);
      }
      utf8From += isComplete ? text.length : 0;
    }
    if (!frame.isComplete) return end({ kind: 'open' }, undefined, frame);
    if (fin) {
      events.push({ type, payload: Buffer.concat(parts), at: lastByte });
      type = 0;
    }
  }
  if (refusal === undefined) return end({ kind: 'open' });
  const { error, at, start, closeCode: code } = refusal;
  return end({ kind: 'failed', code }, { error, at, frameStart: start });
}

// RFC 6455 §5.5.1, §7.4
function readClose(payload: Uint8Array): { code: number; reason: string } | { code: number; error: string } {
  if (payload.length === 0) return { code: 1005, reason: '' };
  if (payload.length === 1) return { code: 1002, error: 'CLOSE_PAYLOAD_INVALID' };
  const code = (payload[0] as number) * 256 + (payload[1] as number);
  const known = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014];
  if (!known.includes(code) && !(code >= 3000 && code < 5000)) return { code: 1002, error: 'CLOSE_CODE_INVALID' };
  const reason = payload.subarray(2);
  const { badAt, isComplete } = checkUtf8(reason);
  if (badAt >= 0 || !isComplete) return { code: 1007, error: 'UTF8_INVALID' };
  return { code, reason: Buffer.from(reason).toString('utf8') };
}
