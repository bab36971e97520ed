import { hex, same } from '../reaction.js';
import type { Arrival, End } from './end.js';
import type { EndingPlan } from './plan.js';
import { type Content, contentOf, type Script } from './script.js';

/** A way from one end to the other. */
export interface Way {
  readonly from: End;
  readonly to: End;
  readonly script: Script;
  /** What came at the other end, in order. */
  readonly arrivals: readonly Arrival[];
  /** Messages may overtake each other. */
  readonly isStreamed: boolean;
  /** The other end closed, perhaps before all was sent: the end of it may be missing, if that is told. */
  readonly mayBeCut: boolean;
}

/** A message that was sent. */
interface Due extends Content {
  readonly index: number;
  /** Its sender was told that it would not be sent to its end. */
  readonly isGivenUp: boolean;
}

const isControl = ({ type }: Content): boolean => type >= 8;

/** What is wrong with what has come on a way; undefined when nothing is. */
export function judgeWay(way: Way): string | undefined {
  const due = way.script.flatMap((item, index): Due[] => {
    const fate = way.from.fates[index];
    if (fate === undefined || fate === 'refused') return [];
    // What was given up at its start may have left a part of it, or nothing.
    if (fate === 'closed') return way.mayBeCut ? [{ ...contentOf(item), index, isGivenUp: true }] : [];
    return [{ ...contentOf(item), index, isGivenUp: fate === 'cancelled' }];
  });
  // Control frames go ahead of messages, and stay in order.
  const controls = inOrder(way, due.filter(isControl), way.arrivals.filter(isControl));
  if (controls !== undefined) return `control frames: ${controls}`;
  const data = due.filter((one) => !isControl(one));
  const arrivals = way.arrivals.filter((one) => !isControl(one));
  const wrong = way.isStreamed ? inAnyOrder(way, data, arrivals) : inOrder(way, data, arrivals);
  return wrong ?? lostUntold(way, data, arrivals);
}

function inOrder({ mayBeCut }: Way, due: readonly Due[], arrivals: readonly Arrival[]): string | undefined {
  let next = 0;
  for (const arrival of arrivals) {
    // What was given up when the other side closed may not even have begun, and what was said behind it come all the same.
    while (mayBeCut && due[next]?.isGivenUp === true && !fits(arrival, due[next] as Due, mayBeCut)) next++;
    const one = due[next++];
    if (one === undefined) return `got ${show(arrival)}, one more than was sent`;
    if (!fits(arrival, one, mayBeCut)) return `got ${show(arrival)} where ${show(one)} was sent, item ${one.index}`;
  }
  const missing = due[next];
  if (missing === undefined || mayBeCut) return undefined;
  return `did not get ${show(missing)}, item ${missing.index}`;
}

function inAnyOrder({ mayBeCut }: Way, due: readonly Due[], arrivals: readonly Arrival[]): string | undefined {
  const left = new Set(due);
  for (const arrival of [...arrivals].sort(byChoice)) {
    const found = [...left].find((one) => fits(arrival, one, mayBeCut));
    if (found === undefined) return `got ${show(arrival)}, which was not sent, or not so often`;
    left.delete(found);
  }
  const [missing] = left;
  if (missing === undefined || mayBeCut) return undefined;
  return `did not get ${show(missing)}, item ${missing.index}`;
}

// Whole ones first, then long ones: what is the beginning of few messages has the first choice.
function byChoice(a: Arrival, b: Arrival): number {
  return Number(b.isWhole) - Number(a.isWhole) || b.payload.length - a.payload.length;
}

function fits(arrival: Arrival, { type, payload, isGivenUp }: Due, mayBeCut: boolean): boolean {
  if (arrival.type !== type) return false;
  if (arrival.isWhole) return !isGivenUp && same(arrival.payload, payload);
  // Only who left it, or was left with it by a Close, has a part of it.
  if (arrival.how !== 'leave' && !mayBeCut) return false;
  return same(arrival.payload, payload.subarray(0, arrival.payload.length));
}

function lostUntold({ from, mayBeCut }: Way, due: readonly Due[], arrivals: readonly Arrival[]): string | undefined {
  if (!mayBeCut) return undefined;
  const lost = due.filter(({ isGivenUp }) => !isGivenUp).length - arrivals.filter(isThere).length;
  const told = from.info?.unsent?.messages ?? 0;
  return lost > told ? `lost ${lost} messages, of which ${told} were told as unsent` : undefined;
}

function isThere({ isWhole, how }: Arrival): boolean {
  return isWhole || how === 'leave';
}

/** What is wrong with how an end says that it ended; undefined when nothing is. */
export function judgeEnding({ info }: End, { code, reason }: EndingPlan, isGo: boolean): string | undefined {
  if (info === undefined) return 'has no CloseInfo';
  const { error } = info;
  if (error !== undefined) return `ended with ${String(error)}`;
  if (!info.wasClean) return `did not end cleanly: ${JSON.stringify(info)}`;
  if (info.code !== code) return `close code ${info.code}, not ${code}`;
  // A Go peer may end the connection as its answer.
  if (info.reason !== reason && !(isGo && info.reason === '')) return `close reason ${JSON.stringify(info.reason)}`;
  return undefined;
}

function show({ type, payload }: Content): string {
  return `type ${type}, ${payload.length} bytes ${hex(payload.subarray(0, 24))}`;
}
