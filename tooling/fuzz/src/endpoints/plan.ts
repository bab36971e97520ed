import fc from 'fast-check';
import { type Script, scripts } from './script.js';

/** What two endpoints are joined by. All but the first are reached by an opening handshake. */
export const CARRIERS = ['memory', 'pipe', 'tcp', 'unix', 'tls'] as const;
export type Carrier = (typeof CARRIERS)[number];

/** How a handler gets at a message. `leave` reads one chunk and leaves the rest; what cannot be done so is read whole. */
export const READINGS = ['read', 'text', 'completed', 'iterate', 'stream', 'leave'] as const;
export type ReadingKind = (typeof READINGS)[number];

/** What one end is told to do, of all that ends may differ in. */
export interface EndPlan {
  readonly enableStreams: boolean;
  readonly maxStreams: number | undefined;
  readonly streamWindow: number | false | undefined;
  readonly connectionWindow: number | undefined;
  readonly compress: CompressPlan | undefined;
  readonly synchronize: boolean;
  readonly triggerOnStart: boolean;
  readonly maxPendingHandlers: number | undefined;
  readonly maxPendingBytes: number | undefined;
  readonly highWaterMark: number | undefined;
  readonly chunkSize: number | undefined;
  readonly protocols: readonly string[];
  readonly directSockets: boolean;
  readonly pingInterval: number;
  /** Messages are read by each of these in turn. */
  readonly readings: readonly ReadingKind[];
  /** How long a handler takes after it has read. */
  readonly pace: 'at once' | 'microtask' | 'turn' | 'millisecond';
  readonly pool: PoolPlan;
  readonly script: Script;
}

/** How a pool sends: whether it keeps track of what it could not, and how much it lets queue then. */
export interface PoolPlan {
  readonly isTold: boolean;
  readonly highWaterMark: number;
}

/** What compression is asked for with. */
export interface CompressPlan {
  readonly level: number;
  readonly threshold: number;
  readonly contextTakeover: boolean;
  readonly windowBits: number;
  readonly threadFrom: number | undefined;
}

/** What both ends have to be told alike. */
export interface SharedPlan {
  readonly privateMask: number | undefined;
  readonly magicKey: boolean;
  readonly alwaysMask: boolean;
  readonly dialect: 'rfc' | 'go';
  readonly pacing: number | false | undefined;
}

/** How it ends: who closes, with what, and whether that is when all has come or as soon as all of its own is dispatched. */
export interface EndingPlan {
  readonly by: 'client' | 'server' | 'both';
  readonly isEarly: boolean;
  readonly code: number;
  readonly reason: string;
}

/** Clients of one server, all alike, and what each side says to every one of the other. */
export interface EndpointPlan {
  readonly carrier: Carrier;
  readonly links: number;
  readonly shared: SharedPlan;
  readonly client: EndPlan;
  readonly server: EndPlan;
  readonly ending: EndingPlan;
}

/** Windows that one message fills. */
const MOST_WINDOWS = 300;
/** Bytes that one end says to a Go peer. */
const MOST_TO_GO = 150_000;

const windows = fc.constantFrom(undefined, undefined, 64, 1000, 20_000);
const compression = fc.record({
  level: fc.constantFrom(-1, 0, 1, 3, 9),
  threshold: fc.constantFrom(0, 0, 1, 1024),
  contextTakeover: fc.boolean(),
  windowBits: fc.constantFrom(8, 9, 12, 15, 15),
  threadFrom: fc.constantFrom(undefined, undefined, 1000),
});

const end: fc.Arbitrary<EndPlan> = fc.record({
  enableStreams: fc.boolean(),
  maxStreams: fc.constantFrom(undefined, undefined, 1, 2, 5),
  streamWindow: fc.oneof(windows, fc.constant(false as const)),
  connectionWindow: windows,
  compress: fc.option(compression, { nil: undefined, freq: 2 }),
  synchronize: fc.boolean(),
  triggerOnStart: fc.boolean(),
  maxPendingHandlers: fc.constantFrom(undefined, undefined, 1, 2, 10),
  maxPendingBytes: fc.constantFrom(undefined, undefined, 1, 5000),
  highWaterMark: fc.constantFrom(undefined, undefined, 0, 100, 20_000),
  chunkSize: fc.constantFrom(undefined, undefined, 4096, 5000, 100_000),
  protocols: fc.subarray(['a', 'b', 'c']),
  directSockets: fc.constantFrom(true, true, false),
  pingInterval: fc.constantFrom(0, 0, 1, 20),
  readings: fc.array(fc.constantFrom(...READINGS), { minLength: 1, maxLength: 4 }),
  pace: fc.constantFrom('at once', 'at once', 'microtask', 'turn', 'millisecond'),
  pool: fc.record({ isTold: fc.boolean(), highWaterMark: fc.constantFrom(1, 5000, 100_000) }),
  script: scripts,
});

const shared: fc.Arbitrary<SharedPlan> = fc.record({
  privateMask: fc.constantFrom(undefined, undefined, undefined, 4, 12, 100),
  magicKey: fc.constantFrom(false, false, true),
  alwaysMask: fc.constantFrom(false, false, true),
  dialect: fc.constantFrom('rfc', 'rfc', 'rfc', 'rfc', 'go'),
  pacing: fc.constantFrom<SharedPlan['pacing'][]>(undefined, 512, false),
});

const ending: fc.Arbitrary<EndingPlan> = fc.record({
  by: fc.constantFrom('client', 'server', 'both'),
  isEarly: fc.constantFrom(false, false, true),
  code: fc.constantFrom(1000, 1001, 3000, 4999),
  reason: fc.constantFrom('', 'done', 'é'.repeat(61)),
});

/** All of them, but for what {@link allowed} leaves out. */
export const endpointPlans: fc.Arbitrary<EndpointPlan> = fc
  .record({
    carrier: fc.constantFrom(...CARRIERS),
    links: fc.constantFrom(1, 1, 2, 3),
    shared,
    client: end,
    server: end,
    ending,
  })
  .map(allowed);

/** The plan without what cannot be done by the documents, and what only takes long. */
function allowed(plan: EndpointPlan): EndpointPlan {
  const { carrier, shared: both } = plan;
  const isGo = both.dialect === 'go' && carrier !== 'memory';
  return {
    ...plan,
    // Both ends of a transport in memory have to be given what a handshake would lead to.
    shared: isGo ? both : { ...both, dialect: 'rfc' },
    client: allowedEnd(plan.client, roomOf(plan.server), isGo),
    server: allowedEnd(plan.server, roomOf(plan.client), isGo),
  };
}

// A window of its peer's costs a message a round trip for every so many bytes.
function roomOf({ streamWindow, connectionWindow }: EndPlan): number {
  const windows = [streamWindow, connectionWindow].filter((window) => typeof window === 'number');
  return MOST_WINDOWS * Math.min(...windows, Number.MAX_SAFE_INTEGER / MOST_WINDOWS);
}

function allowedEnd(one: EndPlan, room: number, isGo: boolean): EndPlan {
  // A Go peer that has closed answers no more: what is queued leaves a little at a time, between pauses.
  const most = Math.min(room, isGo ? Math.floor(MOST_TO_GO / one.script.length) : room);
  const script = one.script.map((item) => ({ ...item, length: Math.min(item.length, most) }));
  return {
    ...one,
    // A message that a Go peer gives up costs a stream for good, and half a one cannot be given up without streams.
    readings: isGo ? one.readings.map((kind) => (kind === 'leave' ? 'iterate' : kind)) : one.readings,
    script,
  };
}
