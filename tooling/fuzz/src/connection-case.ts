import fc from 'fast-check';
import { longConversation, SWARM } from './conversation.js';
import { chunkSizes, cutPlaces, type Damage, damageBytes, damageFrames, damages } from './damage.js';
import { agrees, sameEvents, toleratedDifferences } from './differences.js';
import { type Lending, lendings } from './lending.js';
import { type Expectation, expect, type Limits } from './naive-endpoint.js';
import { checkReplies, hex } from './reaction.js';
import { drive, type Observation, type Parts, type Treatment } from './subject.js';
import type { Tally } from './tally.js';
import { layOut, type WireFrame } from './wire.js';
import { driveWs } from './ws-receiver.js';

/** A conversation, what goes wrong with it, how it is cut, and how the endpoint is treated. */
export interface ConnectionPlan {
  readonly frames: readonly WireFrame[];
  readonly damages: readonly Damage[];
  readonly sizes: readonly number[];
  readonly limits: Limits;
  readonly echo: boolean;
  readonly closeAfter: number;
  readonly slowEvery: number;
  readonly ending: Treatment['ending'];
  readonly lending: Lending;
  readonly isHasty: boolean;
}

const LIMITS: readonly Limits[] = [
  { maxPayloadSize: 1 << 17, maxMessageSize: 1 << 17, maxFragments: 1000 },
  { maxPayloadSize: 300, maxMessageSize: 300, maxFragments: 4 },
  { maxPayloadSize: 70_000, maxMessageSize: 70_000, maxFragments: 1 },
  { maxPayloadSize: 20, maxMessageSize: 20, maxFragments: 3 },
];

/** All of them. */
export const connectionPlans: fc.Arbitrary<ConnectionPlan> = fc
  .tuple(
    longConversation,
    damages,
    chunkSizes,
    fc.constantFrom(0, 0, 0, 0, 0, 0, 1, 1, 2, 3),
    fc.boolean(),
    fc.constantFrom(-1, -1, -1, -1, -1, -1, 0, 1, 3, 9),
    fc.constantFrom(0, 0, 0, 0, 0, 0, 1, 2, 5),
    fc.constantFrom('gone', 'gone', 'gone', 'half-close', 'error'),
    lendings,
    fc.boolean(),
  )
  .map(([frames, wrong, sizes, limits, echo, closeAfter, slowEvery, ending, lending, isHasty]) => ({
    frames,
    damages: wrong,
    sizes,
    limits: LIMITS[limits]!,
    echo,
    closeAfter,
    slowEvery,
    ending: ending as Treatment['ending'],
    lending,
    isHasty,
  }));

/** The byte stream of a plan, as an endpoint of that role gets it. */
function bytesOf(plan: ConnectionPlan, isClient: boolean): Uint8Array {
  const bytes = layOut(damageFrames(plan.frames, plan.damages), { masked: !isClient });
  return damageBytes(bytes, plan.damages);
}

/** Runs a plan in one role. Says what is wrong, undefined when nothing is. */
export async function runConnectionCase(
  plan: ConnectionPlan,
  isClient: boolean,
  parts: Parts,
  tally: Tally,
): Promise<string | undefined> {
  const bytes = bytesOf(plan, isClient);
  const { limits } = plan;
  const treatment = { ...plan, isClient };
  const expected = expect(bytes, isClient, limits);
  if (expected.frameCount >= SWARM) tally.add('many frames');
  tally.add(expected.outcome.kind === 'failed' ? `failed ${expected.outcome.code}` : expected.outcome.kind);

  const ends = cutPlaces(bytes.length, plan.sizes);
  const seen = await drive(bytes, ends, treatment, parts);
  if (seen.hasPaused) tally.add('paused');
  const wrong = compare(seen, expected, ends, treatment);
  if (wrong !== undefined) return describe(wrong, plan, isClient, bytes, ends, expected, seen);

  const ws = driveWs(cut(bytes, ends), isClient, limits);
  if (agrees(expected, ws)) return undefined;
  const found = { bytes, isClient, limits, webson: expected, ws };
  const tolerated = toleratedDifferences.find((one) => one.matches(found));
  if (tolerated !== undefined) {
    tally.add(tolerated.name);
    return undefined;
  }
  const other = `ws differs: ${JSON.stringify(ws.outcome)}, ${ws.events.length} events`;
  return describe(other, plan, isClient, bytes, ends, expected, seen);
}

function compare(
  seen: Observation,
  expected: Expectation,
  ends: readonly number[],
  treatment: Treatment,
): string | undefined {
  if (seen.problems.length > 0) return seen.problems.join('; ');
  if (seen.hasPaused && expected.frameCount < SWARM) return `paused, with ${expected.frameCount} frames to read`;
  // Pings are answered, and seen by their answers.
  const due = expected.events.filter(({ type }) => type !== 9);
  if (!sameEvents(seen.events, due)) {
    return `handed out ${seen.events.map(({ type, payload }) => `${type}:${hex(payload)}`).join(' ')}`;
  }
  let count = 0;
  for (const [index, end] of ends.entries()) {
    while (count < due.length && due[count]!.at < end) count++;
    const after = seen.eventsAfter[index] as number;
    // Who does not wait for what is left of a chunk sees less, but never more than has come.
    if (seen.hasPaused && treatment.isHasty ? after > count : after !== count)
      return `${after} events after chunk ${index}, not ${count}`;
  }
  const { outcome } = expected;
  const { info } = seen;
  // RFC 6455 §7.1.1: a client leaves it to the server to end first.
  const mustEnd = outcome.kind === 'failed' || (outcome.kind === 'closed' && !treatment.isClient);
  if (seen.hasEnded !== mustEnd) return mustEnd ? 'did not end the transport' : 'ended the transport';
  if (info.wasClean !== (outcome.kind === 'closed')) return `wasClean is ${info.wasClean}`;
  const code = outcome.kind === 'open' ? 1006 : outcome.code;
  if (info.code !== code) return `close code ${info.code}, not ${code}`;
  if (outcome.kind === 'closed' && info.reason !== outcome.reason) return `reason ${JSON.stringify(info.reason)}`;
  if (outcome.kind === 'open' && info.reason !== '') return `reason ${JSON.stringify(info.reason)}`;
  const mustHaveError = outcome.kind === 'failed' || (outcome.kind === 'open' && treatment.ending === 'error');
  if ((info.error !== undefined) !== mustHaveError) return `error is ${String(info.error)}`;
  return checkReplies(seen, expected, ends, treatment);
}

// Views of one piece of memory, side by side as a socket's may be: writing past a chunk damages the next.
function cut(bytes: Uint8Array, ends: readonly number[]): Uint8Array[] {
  const memory = new Uint8Array(bytes);
  return ends.map((end, index) => memory.subarray(index === 0 ? 0 : ends[index - 1], end));
}

function describe(
  wrong: string,
  plan: ConnectionPlan,
  isClient: boolean,
  bytes: Uint8Array,
  ends: readonly number[],
  expected: Expectation,
  seen: Observation,
): string {
  const { limits, echo, closeAfter, slowEvery, ending, lending, isHasty } = plan;
  const events = expected.events.map(({ type, payload, at }) => `${type}:${hex(payload)}@${at}`);
  return [
    wrong,
    `  role      ${isClient ? 'client' : 'server'}`,
    `  bytes     ${hex(bytes)}`,
    `  chunks at ${ends.slice(0, 60).join(' ')}`,
    `  treatment ${JSON.stringify({ limits, echo, closeAfter, slowEvery, ending, lending, isHasty })}`,
    `  expected  ${JSON.stringify(expected.outcome)} ${JSON.stringify(expected.fault ?? {})} ${events.join(' ')}`,
    `  got       ${JSON.stringify({ ...seen.info, error: seen.info.error?.message })}`,
    `  wrote     ${hex(seen.output)}`,
  ].join('\n');
}
