import type { Expectation } from './naive-endpoint.js';
import { plainRules, readFrames } from './naive-frames.js';
import type { Observation, Treatment } from './subject.js';

/** A frame that the connection sends. */
interface Reply {
  readonly opcode: number;
  readonly payload: Uint8Array;
  /** A Close whose reason is the connection's own affair: only these bytes are compared. */
  readonly isFailure?: true;
}

/** Pongs sent one by one between two writes; beyond that only the newest ping is answered (PROTOCOL.md §7). */
const PONGS_PER_WRITE = 16;
/** Above this many bytes the connection writes before a chunk's end, and the pongs begin anew. */
const WRITE_FROM = 256 * 1024;

const ENOUGH = Buffer.concat([Uint8Array.of(0x03, 0xe8), Buffer.from('enough')]);

/** The replies due after each chunk, with an entry of its own for a `close` from this side, and for the end. */
function expectedReplies(expected: Expectation, ends: readonly number[], treatment: Treatment): Reply[][] {
  const replies: Reply[][] = [];
  let next = 0;
  let isCloseSent = false;
  for (const [index, end] of ends.entries()) {
    const now: Reply[] = [];
    let pongs = 0;
    // At most one; it goes ahead of a Close (RFC 6455 §5.5.2).
    let owed: Reply[] = [];
    for (; next < expected.events.length && expected.events[next]!.at < end; next++) {
      const { type, payload } = expected.events[next]!;
      if (isCloseSent) continue;
      if (type === 8) {
        now.push(...owed.splice(0), { opcode: 8, payload });
        isCloseSent = true;
      } else if (type === 9) {
        const pong = { opcode: 10, payload };
        if (pongs++ < PONGS_PER_WRITE) now.push(pong);
        else owed = [pong];
      } else if (type < 8 && treatment.echo) {
        now.push({ opcode: type, payload });
      }
    }
    const { outcome, fault } = expected;
    if (outcome.kind === 'failed' && fault !== undefined && fault.at < end && !isCloseSent) {
      const payload = Uint8Array.of(outcome.code >>> 8, outcome.code & 0xff);
      now.push(...owed.splice(0), { opcode: 8, payload, isFailure: true });
      isCloseSent = true;
    }
    now.push(...owed);
    replies.push(now);
    if (index === treatment.closeAfter) {
      replies.push(isCloseSent ? [] : [{ opcode: 8, payload: ENOUGH }]);
      isCloseSent = true;
    }
  }
  replies.push([]);
  return replies;
}

/** What is wrong with the frames that the connection wrote; undefined when nothing is. */
export function checkReplies(
  seen: Observation,
  expected: Expectation,
  ends: readonly number[],
  treatment: Treatment,
): string | undefined {
  const { isClient, slowEvery } = treatment;
  // What a peer of ours sees is what a peer of the other role receives.
  const { frames, refusal, rest } = readFrames(seen.output, plainRules(!isClient, Number.MAX_SAFE_INTEGER));
  if (refusal !== undefined) return `sent a frame that breaks the rules: ${refusal.error} at ${refusal.at}`;
  if (rest !== seen.output.length) return 'sent half a header';
  const steps = expectedReplies(expected, ends, treatment);
  const due = steps.flat();
  // What is read in several turns is answered in several writes.
  const isExact = slowEvery === 0 && !seen.hasPaused && seen.output.length < WRITE_FROM;
  let at = 0;
  for (const [index, frame] of frames.entries()) {
    const { opcode, payload, fin, rsv, isComplete } = frame;
    if (!isComplete) return `sent half a frame: ${index}`;
    if (!fin || rsv !== 0) return `sent frame ${index} with fin ${fin}, reserved bits ${rsv}`;
    // A slow transport gets fewer pongs, and those later.
    if (!isExact && opcode === 10) {
      if (!expected.events.some((event) => event.type === 9 && same(event.payload, payload)))
        return 'sent a pong without a ping';
      continue;
    }
    while (!isExact && due[at]?.opcode === 10) at++;
    const reply = due[at++];
    if (reply === undefined) return `sent one frame too many: opcode ${opcode}, ${payload.length} bytes`;
    if (reply.opcode !== opcode) return `sent opcode ${opcode} where ${reply.opcode} was due`;
    const compared = reply.isFailure ? payload.subarray(0, 2) : payload;
    if (!same(reply.payload, compared)) return `sent another payload than was due: opcode ${opcode}, ${hex(payload)}`;
    if (reply.isFailure && !/^[\x20-\x7e]{1,123}$/.test(Buffer.from(payload.subarray(2)).toString('latin1'))) {
      return `gave a reason that is not printable ASCII: ${hex(payload)}`;
    }
  }
  while (!isExact && due[at]?.opcode === 10) at++;
  if (at < due.length) return `did not send opcode ${due[at]?.opcode}`;
  if (!isExact) {
    const isPong = ({ opcode }: { readonly opcode: number }): boolean => opcode === 10;
    const newest = due.findLast(isPong)?.payload;
    const last = frames.findLast(isPong)?.payload;
    return newest === last || (newest && last && same(newest, last)) ? undefined : 'did not answer the newest ping';
  }
  // Each at its time: a reply leaves with the chunk that it answers.
  let sent = 0;
  for (const [step, replies] of steps.entries()) {
    sent += replies.length;
    const written = sent === 0 ? 0 : frames[sent - 1]!.end;
    if (seen.outputAfter[step] !== written)
      return `had sent ${seen.outputAfter[step]} bytes after step ${step}, not ${written}`;
  }
  return undefined;
}

export function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

/** The first bytes, for people to read. */
export function hex(bytes: Uint8Array): string {
  const shown = Buffer.from(bytes.subarray(0, 400)).toString('hex');
  return bytes.length > 400 ? `${shown}… (${bytes.length} bytes)` : shown;
}
