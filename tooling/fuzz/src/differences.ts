import {
  type Expectation,
  type ExpectedEvent,
  expect,
  type Limits,
  type Outcome,
  type WireEvent,
} from './naive-endpoint.js';
import { same } from './reaction.js';
import { driveWs, type WsObservation } from './ws-receiver.js';

/** A byte stream on which webson and ws do not agree. webson has done what was expected, that is known already. */
export interface Disagreement {
  readonly bytes: Uint8Array;
  readonly isClient: boolean;
  readonly limits: Limits;
  readonly webson: Expectation;
  readonly ws: WsObservation;
}

/** A difference between webson and ws that the RFC settles. */
export interface ToleratedDifference {
  readonly name: string;
  /** What the two do. */
  readonly what: string;
  /** The sentence that settles it. */
  readonly rfc: string;
  /** True for just this difference, and only if the two agree on all that comes before. */
  matches(found: Disagreement): boolean;
}

/** All of them; anything else is a failure. The README has the same table, and a test compares the two. */
export const toleratedDifferences: readonly ToleratedDifference[] = [
  {
    name: 'length not in its shortest form',
    what: 'webson fails with 1002, ws reads on',
    rfc: '§5.2: "Note that in all cases, the minimal number of bytes MUST be used to encode the length"',
    matches({ bytes, isClient, limits, webson }) {
      const { fault } = webson;
      if (fault?.error !== 'LENGTH_NOT_MINIMAL' || !isFailure(webson, 1002)) return false;
      return isOpenAfter(bytes.subarray(0, fault.frameStart), isClient, limits, webson.events);
    },
  },
  {
    name: 'length with its top bit set',
    what: 'webson fails with 1002 at that bit, ws with 1009 after all 8 bytes',
    rfc: '§5.2: "a 64-bit unsigned integer (the most significant bit MUST be 0)"',
    matches({ bytes, webson, ws }) {
      const { fault } = webson;
      if (fault?.error !== 'LENGTH_INVALID' || !isFailure(webson, 1002)) return false;
      if (!sameEvents(ws.events, webson.events)) return false;
      return bytes.length < fault.at + 8 ? ws.outcome.kind === 'open' : isFailure(ws, 1009);
    },
  },
  {
    name: 'text that is not UTF-8, before its message has ended',
    what: 'webson fails with 1007 at the first wrong byte, ws when the last frame has come; it reads what is between',
    rfc: '§8.1: "When an endpoint is to interpret a byte stream as UTF-8 but finds that the byte stream is not, in fact, a valid UTF-8 stream, that endpoint MUST _Fail the WebSocket Connection_"',
    matches({ bytes, isClient, limits, webson }) {
      const { fault, openFrame } = webson;
      if (fault?.error !== 'UTF8_INVALID' || !isFailure(webson, 1007)) return false;
      if (openFrame === undefined || openFrame.opcode >= 8) return false;
      const until = bytes.subarray(0, fault.at + 1);
      // Had the message ended as soon as it can, ws would have refused it too.
      const rest = Buffer.alloc(openFrame.end - until.length);
      const last = openFrame.fin ? [] : isClient ? [0x80, 0] : [0x80, 0x80, 0, 0, 0, 0];
      const whole = Buffer.concat([until, rest, Uint8Array.from(last)]);
      const one = { ...limits, maxFragments: limits.maxFragments + 1 };
      return (
        isOpenAfter(until, isClient, limits, webson.events) && isFailedAfter(whole, isClient, one, webson.events, 1007)
      );
    },
  },
  {
    name: 'header of one byte',
    what: 'webson fails at a wrong first byte, ws when the second has come',
    rfc: '§5.2: "If an unknown opcode is received, the receiving endpoint MUST _Fail the WebSocket Connection_"; received it is with the first byte',
    matches({ bytes, isClient, limits, webson, ws }) {
      const { fault, outcome } = webson;
      if (outcome.kind !== 'failed' || fault?.at !== fault?.frameStart || fault?.at !== bytes.length - 1) return false;
      if (ws.outcome.kind !== 'open' || !sameEvents(ws.events, webson.events)) return false;
      const second = Buffer.concat([bytes, Uint8Array.of(isClient ? 0 : 0x80)]);
      return isFailedAfter(second, isClient, limits, webson.events, outcome.code);
    },
  },
  {
    name: 'one fragment too many',
    what: 'webson fails with 1008 at its header, ws when its payload has come',
    rfc: '§7.4.1: 1008 is for "a message that violates its policy", and it does so as soon as the frame has begun',
    matches({ bytes, isClient, limits, webson, ws }) {
      const { fault, openFrame } = webson;
      if (fault?.error !== 'TOO_MANY_FRAGMENTS' || !isFailure(webson, 1008)) return false;
      if (openFrame === undefined || openFrame.isComplete) return false;
      if (ws.outcome.kind !== 'open' || !sameEvents(ws.events, webson.events)) return false;
      const whole = Buffer.concat([bytes, Buffer.alloc(openFrame.end - bytes.length)]);
      return isFailedAfter(whole, isClient, limits, webson.events, 1008);
    },
  },
  {
    name: 'Close with a payload of one byte',
    what: 'ws fails with 1002 at its header, webson with 1002 when the byte has come',
    rfc: '§5.5.1: "If there is a body, the first two bytes of the body MUST be a 2-byte unsigned integer"',
    matches({ bytes, isClient, limits, webson, ws }) {
      if (webson.outcome.kind !== 'open' || !isFailure(ws, 1002) || !sameEvents(ws.events, webson.events)) return false;
      const start = webson.openFrame?.start ?? webson.rest;
      if (bytes.length < start + 2 || bytes[start] !== 0x88 || (bytes[start + 1]! & 0x7f) !== 1) return false;
      return failsAfterMore(bytes, start + 2 + (isClient ? 0 : 4) + 1, isClient, limits, 1002);
    },
  },
  {
    name: 'frame out of place, before its header has ended',
    what: 'ws fails with 1002 at the second byte of a continuation without a message or of a second message, webson once the header is complete',
    rfc: '§5.4: "The fragments of one message MUST NOT be interleaved between the fragments of another message"; when it has to be noticed is not said',
    matches({ bytes, isClient, limits, webson, ws }) {
      if (webson.outcome.kind !== 'open' || !isFailure(ws, 1002) || !sameEvents(ws.events, webson.events)) return false;
      if (!isMisplaced(bytes, webson) || webson.openFrame !== undefined) return false;
      const end = headerEnd(bytes, webson.rest, isClient);
      return [1002, 1009].some((code) => failsAfterMore(bytes, end, isClient, limits, code));
    },
  },
  {
    name: 'frame out of place, and too large',
    what: 'both fail: ws with 1002 for its place, webson with 1009 for its length',
    rfc: '§7.4.1: 1002 is "due to a protocol error", 1009 for "a message that is too big for it to process": both hold, and no sentence puts one first',
    matches({ bytes, webson, ws }) {
      if (webson.fault?.error !== 'PAYLOAD_TOO_LARGE' || !isFailure(webson, 1009) || !isFailure(ws, 1002)) return false;
      return isMisplaced(bytes, webson) && sameEvents(ws.events, webson.events);
    },
  },
  {
    name: 'fragments too large together, before the header has ended',
    what: 'ws fails with 1009 at the length, webson when the masking key has come',
    rfc: '§7.4.1: 1009 is for "a message that is too big for it to process"; when it has to be noticed is not said',
    matches({ bytes, isClient, limits, webson, ws }) {
      if (webson.outcome.kind !== 'open' || !isFailure(ws, 1009) || !sameEvents(ws.events, webson.events)) return false;
      if (webson.openFrame !== undefined || webson.openType === 0 || (bytes[webson.rest]! & 0xf) !== 0) return false;
      return failsAfterMore(bytes, headerEnd(bytes, webson.rest, isClient), isClient, limits, 1009);
    },
  },
];

/** True when ws and webson agree: the same messages, and the same end with the same code. */
export function agrees(webson: Expectation, ws: WsObservation): boolean {
  if (!sameEvents(ws.events, webson.events) || webson.outcome.kind !== ws.outcome.kind) return false;
  if (webson.outcome.kind === 'open' || ws.outcome.kind === 'open') return true;
  return webson.outcome.code === ws.outcome.code;
}

export function sameEvents(a: readonly WireEvent[], b: readonly WireEvent[]): boolean {
  return a.length === b.length && a.every((one, i) => one.type === b[i]!.type && same(one.payload, b[i]!.payload));
}

function isFailure({ outcome }: { readonly outcome: Outcome }, code: number): boolean {
  return outcome.kind === 'failed' && outcome.code === code;
}

function isOpenAfter(bytes: Uint8Array, isClient: boolean, limits: Limits, events: readonly ExpectedEvent[]): boolean {
  const ws = driveWs([Buffer.from(bytes)], isClient, limits);
  return ws.outcome.kind === 'open' && sameEvents(ws.events, events);
}

function isFailedAfter(
  bytes: Uint8Array,
  isClient: boolean,
  limits: Limits,
  events: readonly ExpectedEvent[],
  code: number,
): boolean {
  const ws = driveWs([Buffer.from(bytes)], isClient, limits);
  return isFailure(ws, code) && sameEvents(ws.events, events);
}

// Whether webson fails as well once the input goes on up to `end`, with zeros.
function failsAfterMore(bytes: Uint8Array, end: number, isClient: boolean, limits: Limits, code: number): boolean {
  if (end <= bytes.length) return false;
  return isFailure(expect(Buffer.concat([bytes, Buffer.alloc(end - bytes.length)]), isClient, limits), code);
}

// Whether the frame whose header has not ended, or was refused, is a continuation of nothing or a second message.
function isMisplaced(bytes: Uint8Array, webson: Expectation): boolean {
  const opcode = bytes[webson.rest]! & 0xf;
  if (bytes.length < webson.rest + 2 || opcode > 2) return false;
  return opcode === 0 ? webson.openType === 0 : webson.openType !== 0;
}

function headerEnd(bytes: Uint8Array, start: number, isClient: boolean): number {
  const short = bytes[start + 1]! & 0x7f;
  return start + 2 + (short === 126 ? 2 : short === 127 ? 8 : 0) + (isClient ? 0 : 4);
}
