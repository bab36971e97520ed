import { randomBytes } from 'node:crypto';
import { encode } from '../../harness/frame.js';
import type { Cell } from '../cells.js';
import { opcodeOf, randomPayload } from '../payload.js';

/** Messages prepared before the clock starts: nothing is encoded, masked or copied while it runs. */
export interface PreparedFrames {
  /** How many different messages there are before they repeat: a prime above the number in flight. */
  readonly count: number;
  /** Bytes of one message as it is sent, and as it has to come back. */
  readonly requestLength: number;
  readonly replyLength: number;
  /** The `length` messages from number `first` (below `count`) on, back to back, to be sent in one write. */
  requests(first: number, length: number): Buffer;
  /** What comes back, over and over: `count` replies, then as many bytes again as one read can bring. */
  readonly replies: Buffer;
}

/**
 * Prepares masked messages of `size` random bytes and the unmasked ones that answer them (RFC 6455 §5.2).
 * With `bare`, only the payloads, both ways. The bytes are made here, not by any of the libraries under measurement.
 */
export function prepareFrames(
  { size, inFlight, payload: kind = 'binary' }: Pick<Cell, 'size' | 'inFlight' | 'payload'>,
  longestRead: number,
  bare = false,
): PreparedFrames {
  const opcode = opcodeOf(kind);
  // Few enough to stay in the cache, but more than are in flight: a reply in another's place is never equal to it.
  const count = primeAbove(Math.max(inFlight, 2, Math.min(250, Math.floor(65536 / (size + 14)))));
  const payloads = Array.from({ length: count }, () => randomPayload(kind, size));
  const encodedRequests = bare ? payloads : payloads.map((payload) => encode(payload, randomBytes(4), opcode));
  const encodedReplies = bare ? payloads : payloads.map((payload) => encode(payload, undefined, opcode));
  const requestLength = encodedRequests[0]?.length ?? 0;
  const replyLength = encodedReplies[0]?.length ?? 0;
  if (replyLength === 0) throw new RangeError('an empty message without a frame cannot be counted');

  const requestBytes = repeat(encodedRequests, (count + inFlight) * requestLength);
  const slices = [1, inFlight].map((length) =>
    encodedRequests.map((_, i) => requestBytes.subarray(i * requestLength, (i + length) * requestLength)),
  );
  const [singles = [], full = []] = slices;
  return {
    count,
    requestLength,
    replyLength,
    replies: repeat(encodedReplies, count * replyLength + longestRead),
    requests(first, length) {
      const ready = length === 1 ? singles[first] : length === inFlight ? full[first] : undefined;
      return ready ?? requestBytes.subarray(first * requestLength, (first + length) * requestLength);
    },
  };
}

/** The parts over and over, until there are `length` bytes. */
function repeat(parts: readonly Buffer[], length: number): Buffer {
  const period = Buffer.concat(parts);
  const bytes = Buffer.allocUnsafeSlow(length);
  for (let at = 0; at < length; at += period.length) period.copy(bytes, at);
  return bytes;
}

function primeAbove(n: number): number {
  for (let candidate = n + 1; ; candidate++) {
    let divisor = 2;
    while (divisor * divisor <= candidate && candidate % divisor !== 0) divisor++;
    if (divisor * divisor > candidate) return candidate;
  }
}
