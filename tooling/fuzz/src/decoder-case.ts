import { FrameDecoder, FrameError, type FrameHeader, type FrameSink, type PayloadMemory } from '@webson/frame';
import fc from 'fast-check';
import { conversation, filler } from './conversation.js';
import { chunkSizes, cutPlaces, type Damage, damageBytes, damageFrames, damages } from './damage.js';
import { Lender, type Lending, lendings } from './lending.js';
import { type NaiveFrames, type Rules, readFrames } from './naive-frames.js';
import { hex, same } from './reaction.js';
import type { Parts } from './subject.js';
import type { Tally } from './tally.js';
import { layOut, type WireFrame } from './wire.js';

/** Bytes of small payloads that are kept together. */
const MOST_IN_RUN = 4095;

/** A conversation, what goes wrong with it, how it is cut, and what the decoder is told to accept. */
export interface DecoderPlan {
  readonly frames: readonly WireFrame[];
  readonly damages: readonly Damage[];
  readonly sizes: readonly number[];
  readonly rules: Rules;
  readonly masked: boolean;
  readonly lending: Lending;
  /** Whoever is told of the frames takes those that have come in one piece as such. */
  readonly takesWholes: boolean;
  /** Whoever is told of the frames has the rest wait, after each of so many calls in turn; none: never. */
  readonly suspensions: readonly number[];
}

/** All of them: every option, and masks that fit it or do not. */
export const decoderPlans: fc.Arbitrary<DecoderPlan> = fc
  .tuple(
    conversation,
    damages,
    chunkSizes,
    fc.record({
      masking: fc.constantFrom('optional', 'fitting', 'fitting', 'fitting', 'other'),
      maxPayload: fc.constantFrom(1 << 20, 1 << 20, 200, 0),
      streams: fc.boolean(),
      compression: fc.boolean(),
      opcodes: fc.constantFrom([], [], [3, 7, 11, 15]),
      privateMask: fc.constantFrom(undefined, undefined, 4, 8, 20),
    }),
    fc.boolean(),
    fc.nat(3),
    lendings,
    fc.boolean(),
    fc.oneof(fc.constant<number[]>([]), fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 })),
  )
  .map(([frames, wrong, sizes, rules, masked, streams, lending, takesWholes, suspensions]) => ({
    frames: rules.streams ? frames.map((frame, index) => onStream(frame, index, streams)) : frames,
    damages: wrong,
    sizes,
    rules: {
      ...rules,
      masking:
        rules.masking === 'optional' ? 'optional' : (rules.masking === 'fitting') === masked ? 'required' : 'forbidden',
      privateMask: rules.privateMask === undefined ? undefined : filler(rules.privateMask, 0x5a),
    },
    masked,
    lending,
    takesWholes,
    suspensions,
  }));

// Ids from 1 to 4, now and then 0, and now and then a cancel.
function onStream(frame: WireFrame, index: number, streams: number): WireFrame {
  if (frame.opcode >= 8) return frame;
  return {
    ...frame,
    streamId: (index * 7 + streams) % 13 === 1 ? 0 : 1 + (index % (streams + 1)),
    cancel: index % 11 === 5,
    rsv: 2,
  };
}

/** What came out of a decoder: one entry a frame, the payload pieces joined. */
interface DecodedFrame {
  /** Without `masked` when it came in one piece. */
  readonly header: Partial<FrameHeader> & Omit<FrameHeader, 'masked'>;
  readonly payload: Uint8Array[];
  isComplete: boolean;
}

/** Runs a plan. Says what is wrong, undefined when nothing is. */
export function runDecoderCase(plan: DecoderPlan, parts: Parts, tally: Tally): string | undefined {
  const { rules, masked } = plan;
  const style = { masked, privateMask: rules.privateMask };
  const bytes = damageBytes(layOut(damageFrames(plan.frames, plan.damages), style), plan.damages);
  const expected = readFrames(bytes, rules);
  tally.add(expected.refusal === undefined ? 'decoded' : `refused ${expected.refusal.error}`);
  const ends = cutPlaces(bytes.length, plan.sizes);
  const wrong = decode(bytes, ends, plan, parts, expected);
  if (wrong === undefined) return undefined;
  return [
    wrong,
    `  bytes     ${hex(bytes)}`,
    `  chunks at ${ends.slice(0, 60).join(' ')}`,
    `  rules     ${JSON.stringify({ ...rules, privateMask: rules.privateMask && hex(rules.privateMask) })}`,
    `  lending   ${JSON.stringify({ ...plan.lending, takesWholes: plan.takesWholes, suspensions: plan.suspensions })}`,
    `  expected  ${expected.frames.length} frames, ${JSON.stringify(expected.refusal ?? 'no refusal')}`,
  ].join('\n');
}

function decode(
  bytes: Uint8Array,
  ends: readonly number[],
  { rules, lending, takesWholes, suspensions }: DecoderPlan,
  { platform, keep = (part) => new Uint8Array(part) }: Parts,
  expected: NaiveFrames,
): string | undefined {
  const frames: DecodedFrame[] = [];
  const problems: string[] = [];
  let hasMemory = false;
  let suspensionCount = 0;
  let callsLeft = suspensions[0] ?? Number.POSITIVE_INFINITY;
  const called = (): void => {
    if (--callsLeft > 0) return;
    decoder.suspend();
    suspensionCount++;
    callsLeft = suspensions[suspensionCount % suspensions.length] as number;
  };
  const lookAt = (slice: Uint8Array): void => {
    if (decoder.isAscii && slice.some((byte) => byte >= 0x80)) problems.push('took for ASCII what is not');
  };
  const sink: FrameSink = {
    onHeader(header) {
      called();
      if (frames.at(-1)?.isComplete === false) problems.push('a header before the last frame ended');
      frames.push({ header, payload: [], isComplete: false });
    },
    onPayload(slice, last) {
      called();
      const frame = frames.at(-1);
      if (frame === undefined || frame.isComplete) {
        problems.push('payload without a header');
        return;
      }
      if (slice.length === 0 && frame.header.payloadLength > 0) problems.push('an empty slice');
      if (frame.header.opcode >= 8 && !last) problems.push('a control frame in pieces');
      lookAt(slice);
      frame.payload.push(decoder.isLent ? new Uint8Array(slice) : slice);
      frame.isComplete = last;
    },
  };
  if (takesWholes) {
    sink.onWhole = (opcode, rsv, streamId, payload) => {
      called();
      if (frames.at(-1)?.isComplete === false) problems.push('a whole frame before the last one ended');
      // What is compressed is read at once, and need not be kept.
      const mayBeLent = hasMemory && payload.length > 0 && (rsv & 4) !== 0;
      if (decoder.isLent !== mayBeLent) problems.push(`a whole frame is ${mayBeLent ? 'not ' : ''}lent`);
      lookAt(payload);
      const header = { fin: true, rsv, opcode, payloadLength: payload.length, streamId, cancel: false };
      frames.push({ header, payload: [decoder.isLent ? new Uint8Array(payload) : payload], isComplete: true });
    };
  }
  const { maxPayload, privateMask, ...others } = rules;
  const decoder = new FrameDecoder({
    ...others,
    maxPayloadSize: maxPayload,
    ...(privateMask === undefined ? {} : { privateMask }),
    scanner: platform.scanner,
  });
  const lender = new Lender(bytes, lending, platform.scanner);
  // As large a part as a scanner writes may be kept at once, or no more than one payload.
  const memory: PayloadMemory = {
    room: MOST_IN_RUN,
    mostInRun: MOST_IN_RUN,
    keep: (part, from, to) => keep(part.subarray(from, to)),
    keepRun: (part, from, to) => keep(part.subarray(from, to)),
  };
  const push = (chunk: Uint8Array, isLent: boolean): void => {
    hasMemory = isLent;
    const sound = suspensions.length > 0 ? new Uint8Array(chunk) : chunk;
    let rest = chunk;
    do {
      const { length } = rest;
      const before = suspensionCount;
      const taken = decoder.push(rest, sink, isLent ? memory : undefined);
      if (taken < length && suspensionCount === before) problems.push(`left ${length - taken} bytes untold`);
      if (taken <= 0 || taken > length) {
        problems.push(`read ${taken} bytes of ${length}`);
        return;
      }
      // What is left is pushed again: where it lies, or where it was copied to.
      rest = suspensionCount % 2 === 0 ? rest.subarray(taken) : new Uint8Array(rest.subarray(taken));
      if (!same(rest, sound.subarray(sound.length - rest.length))) problems.push('changed what it did not read');
    } while (rest.length > 0);
  };
  const { refusal } = expected;
  let thrown: FrameError | undefined;
  for (const [index, end] of ends.entries()) {
    const isDue = refusal !== undefined && refusal.at < end;
    const count = frames.length;
    try {
      const wrong = lender.hand(index === 0 ? 0 : ends[index - 1]!, end, push);
      if (wrong !== undefined) return wrong;
    } catch (error) {
      if (!(error instanceof FrameError)) return `threw ${String(error)}`;
      if (thrown !== undefined) return 'threw twice';
      thrown = error;
      if (!isDue) return `threw ${error.code} too early, at chunk ${index}`;
      continue;
    }
    if (isDue && thrown === undefined) return `did not throw at chunk ${index}`;
    if (thrown !== undefined && frames.length > count) return 'went on after it threw';
  }
  if (problems.length > 0) return problems.join('; ');
  if (thrown !== undefined && (thrown.code !== refusal?.error || thrown.closeCode !== refusal.closeCode)) {
    return `threw ${thrown.code} with ${thrown.closeCode}`;
  }
  // A control frame is told of when it is complete, a data frame when its header is.
  const due = expected.frames.filter(({ opcode, isComplete }) => opcode < 8 || isComplete);
  if (frames.length !== due.length) return `found ${frames.length} frames, not ${due.length}`;
  for (const [index, { header, payload, isComplete }] of frames.entries()) {
    const frame = due[index]!;
    const expectedHeader: FrameHeader = {
      fin: frame.fin,
      rsv: frame.rsv,
      opcode: frame.opcode,
      masked: frame.masked,
      payloadLength: frame.end - frame.payloadStart,
      streamId: frame.streamId,
      cancel: frame.cancel,
    };
    for (const field of Object.keys(expectedHeader) as (keyof FrameHeader)[]) {
      if (header[field] !== undefined && header[field] !== expectedHeader[field])
        return `frame ${index}: ${field} is ${header[field]}`;
    }
    if (isComplete !== frame.isComplete) return `frame ${index}: complete is ${isComplete}`;
    if (!same(Buffer.concat(payload), frame.payload)) return `frame ${index}: payload ${hex(Buffer.concat(payload))}`;
  }
  const mustBeIdle =
    refusal === undefined && expected.rest === bytes.length && expected.frames.at(-1)?.isComplete !== false;
  if (decoder.isIdle !== mustBeIdle) return `isIdle is ${decoder.isIdle}`;
  return undefined;
}
