import fc from 'fast-check';

/** What the two endpoints agree on. */
export const PROTOCOLS = ['plain', 'streams', 'unwindowed streams', 'go', 'go streams'] as const;

/** What a handler does with a request. */
export const BEHAVIOURS = [
  // Reads what is there and returns.
  'read',
  // Reads all of it, and is done.
  'take',
  // Returns at once, and reads all of it all the same.
  'take in passing',
  // Reads all of it and sends it back, waiting for `drained`.
  'echo',
  // Reads all of it and sends it back by `dispatchReader` from a source of its own.
  'echo pieces',
  // Sends it back by `dispatchReader` as it arrives.
  'pipe',
  // Reads chunk by chunk, with pauses.
  'slow',
  // Reads it as a web stream.
  'stream',
  // Reads the first chunk and leaves the loop.
  'leave',
  // Returns without a look at it, at once or later.
  'ignore',
  'ignore later',
  // Reads the first chunk, and returns in the middle of it.
  'half',
  // Reads all of it, and waits until the next request has come.
  'hold',
  // Reads all of it, and throws.
  'throw',
  // Throws at once.
  'throw at once',
  // Reads all of it, sends something of its own, and waits for `drained`.
  'push',
  // Closes the connection.
  'close',
  // Waits for what never comes, until the transport is gone.
  'hang',
] as const;
/** One of {@link BEHAVIOURS}. */
export type Behaviour = (typeof BEHAVIOURS)[number];

/** How a request is sent. */
export const WAYS = [
  'dispatch',
  'dispatch and drained',
  'dispatchReader',
  'dispatchReader, not awaited',
  // Its source fails in the middle.
  'dispatchReader, given up',
  'ping',
] as const;

/** Those that wait for nothing but the rest of their message. */
const READING: readonly Behaviour[] = ['read', 'take', 'slow', 'take in passing', 'stream', 'leave', 'ignore', 'half'];

/** One request, or several of the same kind. */
export interface Request {
  readonly from: 0 | 1;
  readonly way: (typeof WAYS)[number];
  readonly type: number;
  readonly size: number;
  readonly times: number;
  /** Milliseconds of virtual time before it. */
  readonly after: number;
}

/** How one end is set up. */
export interface Side {
  readonly synchronize: boolean;
  readonly triggerOnStart: boolean;
  readonly streamWindow: number;
  readonly connectionWindow: number;
  readonly maxPendingHandlers: number;
  readonly maxPendingBytes: number;
  /** Room for all that can come and no more; undefined for as much as there is by default. */
  readonly maxMessageSize: number | undefined;
  readonly highWaterMark: number;
  readonly maxStreams: number;
  readonly chunkSize: number;
  readonly pacing: number | false;
  readonly pingInterval: number;
  readonly capacity: number;
  readonly isLent: boolean;
  readonly mostAtOnce: number;
  /** By the order in which the requests come, over and over. */
  readonly behaviours: readonly Behaviour[];
}

/** How the connection ends, and when: after so many moves, or undefined when all is done. */
export interface Ending {
  readonly how: 'close' | 'close both' | 'terminate' | 'destroy' | 'cut off';
  readonly by: 0 | 1;
  readonly after: number | undefined;
}

/** Everything that is chosen for one case. */
export interface Plan {
  readonly protocol: (typeof PROTOCOLS)[number];
  readonly compress: false | 'takeover' | 'no takeover';
  readonly sides: readonly [Side, Side];
  readonly requests: readonly Request[];
  readonly ending: Ending;
  readonly seed: number;
}

const small = fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 5, max: 60 }) }, { weight: 1, arbitrary: fc.nat(5) });
const size = fc.oneof(
  { weight: 4000, arbitrary: small },
  { weight: 4000, arbitrary: fc.integer({ min: 60, max: 5000 }) },
  { weight: 1500, arbitrary: fc.integer({ min: 4000, max: 40_000 }) },
  { weight: 60, arbitrary: fc.integer({ min: 40_000, max: 400_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 400_000, max: 20_000_000 }) },
);
const window = fc.oneof(
  fc.integer({ min: 1, max: 2000 }),
  fc.integer({ min: 1024, max: 65_536 }),
  fc.constantFrom(1024, 16_384, 1 << 20),
);

const behaviour = fc.oneof(
  { weight: 30, arbitrary: fc.constantFrom<Behaviour>('read', 'take', 'echo', 'echo pieces', 'pipe', 'slow') },
  {
    weight: 14,
    arbitrary: fc.constantFrom<Behaviour>(
      'take in passing',
      'stream',
      'leave',
      'ignore',
      'ignore later',
      'half',
      'hold',
      'push',
    ),
  },
  { weight: 2, arbitrary: fc.constantFrom<Behaviour>('throw', 'throw at once') },
  { weight: 1, arbitrary: fc.constantFrom<Behaviour>('close', 'hang') },
);

const side: fc.Arbitrary<Side> = fc.record({
  synchronize: fc.boolean(),
  triggerOnStart: fc.boolean(),
  streamWindow: window,
  connectionWindow: window,
  maxPendingHandlers: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant(1024)),
  maxPendingBytes: fc.oneof(fc.integer({ min: 1, max: 8192 }), fc.constant(8 << 20)),
  // What it is to be is known when all else is.
  maxMessageSize: fc.constantFrom<number | undefined>(undefined, undefined, 0),
  highWaterMark: fc.oneof(fc.integer({ min: 0, max: 4096 }), fc.constantFrom(16_384, 1 << 20)),
  maxStreams: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant(1024)),
  chunkSize: fc.constantFrom(4096, 4096, 5000, 16_384),
  pacing: fc.constantFrom<number | false>(5120, 5120, 512, 1200, false),
  pingInterval: fc.constantFrom(0, 0, 20, 150),
  capacity: fc.oneof(fc.integer({ min: 1, max: 2000 }), fc.constantFrom(4096, 65_536)),
  isLent: fc.boolean(),
  mostAtOnce: fc.oneof(fc.integer({ min: 1, max: 3000 }), fc.constant(65_536)),
  behaviours: fc.array(behaviour, { minLength: 1, maxLength: 5 }),
});

const from = fc.constantFrom<0 | 1>(0, 1);
const after = fc.oneof(
  { weight: 6, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 80 }) },
);
const request: fc.Arbitrary<Request> = fc.oneof(
  {
    weight: 200,
    arbitrary: fc.record({
      from,
      way: fc.constantFrom(...WAYS.slice(0, 4), ...WAYS.slice(0, 4), ...WAYS),
      type: fc.constantFrom(1, 2, 2, 3, 4),
      size,
      times: fc.oneof(
        { weight: 12, arbitrary: fc.constant(1) },
        { weight: 1, arbitrary: fc.integer({ min: 2, max: 25 }) },
      ),
      after,
    }),
  },
  {
    // More of them than whatever is counted in thousands.
    weight: 1,
    arbitrary: fc.record({
      from,
      way: fc.constant<Request['way']>('dispatch'),
      type: fc.constant(2),
      size: fc.integer({ min: 5, max: 12 }),
      times: fc.constant(1100),
      after,
    }),
  },
);

const ending: fc.Arbitrary<Ending> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ how: fc.constant<Ending['how']>('close'), by: from, after: fc.constant(undefined) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      how: fc.constantFrom<Ending['how']>('close', 'close', 'close both'),
      by: from,
      after: fc.nat(300),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      how: fc.constantFrom<Ending['how']>('terminate', 'destroy', 'cut off'),
      by: from,
      after: fc.nat(300),
    }),
  },
);

const anyPlan: fc.Arbitrary<Plan> = fc.record({
  protocol: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...PROTOCOLS.slice(0, 3)) },
    { weight: 1, arbitrary: fc.constantFrom(...PROTOCOLS.slice(3)) },
  ),
  compress: fc.oneof(
    { weight: 3, arbitrary: fc.constant<Plan['compress']>(false) },
    { weight: 1, arbitrary: fc.constantFrom<Plan['compress']>('takeover', 'no takeover') },
  ),
  sides: fc.tuple(side, side),
  requests: fc.array(request, { minLength: 1, maxLength: 12 }),
  ending,
  seed: fc.integer({ min: 0, max: 0x7fffffff }),
});

/** A request many times at once, piece by piece: most of them have not ended when the first is read. */
const crowd: fc.Arbitrary<Request> = fc.record({
  from,
  way: fc.constantFrom<Request['way']>('dispatchReader, not awaited', 'dispatchReader, not awaited', 'dispatch'),
  type: fc.constantFrom(1, 2),
  size: fc.integer({ min: 60, max: 3500 }),
  times: fc.integer({ min: 2, max: 128 }),
  after: fc.constant(0),
});

/** Reading alone, of many messages at a time through small windows. */
const crowded: fc.Arbitrary<Plan> = fc
  .record({
    plan: anyPlan,
    crowds: fc.array(crowd, { minLength: 1, maxLength: 2 }),
    windows: fc.tuple(fc.integer({ min: 16, max: 4096 }), fc.integer({ min: 16, max: 4096 })),
    areOneByOne: fc.tuple(fc.boolean(), fc.boolean()),
  })
  .map(({ plan, crowds, windows, areOneByOne }): Plan => {
    // Windows that are granted byte by byte take their time, too.
    const least = Math.ceil((bytesFrom(crowds, 0) + bytesFrom(crowds, 1)) / 1000);
    const [left, right] = plan.sides.map(
      (one, i): Side => ({
        ...one,
        synchronize: one.synchronize || areOneByOne[i]!,
        triggerOnStart: true,
        streamWindow: Math.max(one.streamWindow, least),
        connectionWindow: Math.max(windows[i]!, least),
        maxStreams: Math.max(one.maxStreams, 128),
        behaviours: one.behaviours.map((name) => (READING.includes(name) ? name : 'slow')),
      }),
    ) as [Side, Side];
    return { ...plan, protocol: 'streams', sides: [left, right], requests: crowds };
  });

/** All of them. */
export const plans: fc.Arbitrary<Plan> = fc
  .oneof({ weight: 40, arbitrary: anyPlan }, { weight: 1, arbitrary: crowded })
  .map(feasible);

/** Bytes of the requests of one side. */
function bytesFrom(requests: readonly Request[], index: number): number {
  return requests.reduce((sum, { from, size, times }) => (from === index ? sum + size * times : sum), 0);
}

/** Handlers that wait are let so many times `connectionWindow` past; it is a byte less for what the window itself rounds. */
const MOST_WINDOWS = 15;

/** Bytes that may lie unread at one end at most. */
function windowsTo(requests: readonly Request[], index: number, { behaviours }: Side): number {
  const isSentBack = behaviours.some((name) => name === 'echo' || name === 'echo pieces' || name === 'pipe');
  const pushed = behaviours.includes('push') ? LARGEST_PUSH : 0;
  return requests.reduce((sum, { from, size, times, way }) => {
    if (way === 'ping') return sum;
    // What does not get shorter gets a little longer when it is compressed.
    const bytes = from === index && !isSentBack ? 0 : size + 64;
    return sum + times * (bytes + (from === index ? pushed : 0));
  }, 0);
}

/** Bytes of what a handler sends of its own accord, at most. */
const LARGEST_PUSH = 4096;
/** How many requests of one side are sure to arrive, if nothing ends before. */
export function arrivalsFrom({ requests }: Plan, index: number): number {
  const sure = requests.filter(
    ({ from, way }) => from === index && way !== 'ping' && way !== 'dispatchReader, given up',
  );
  return sure.reduce((sum, { times }) => sum + times, 0);
}

/** A size above which a request is not repeated. */
const LARGE = 50_000;

/**
 * Takes out of a plan what nobody owes: a handler that waits for another message needs a place for that beside its own, one
 * that hangs needs room for all that comes meanwhile, two ends that send only as fast as they are sent to need room for it,
 * a handler that sends is not let past all unread messages unless sixteen windows of the connection hold these,
 * and without streams half a message cannot be given up.
 */
export function feasible(plan: Plan): Plan {
  const canGiveUp = plan.protocol.includes('streams') && !plan.protocol.startsWith('go');
  const requests = plan.requests.map((one): Request => {
    const way = one.way === 'dispatchReader, given up' && !canGiveUp ? 'dispatchReader' : one.way;
    return { ...one, way, times: one.size > LARGE ? 1 : one.times };
  });
  // Then nobody waits for more than the message it reads.
  const areReading = plan.sides.every(({ behaviours }) => behaviours.every((name) => READING.includes(name)));
  const bothPipe = plan.sides.every(({ triggerOnStart, behaviours }) => triggerOnStart && behaviours.includes('pipe'));
  const count = requests.reduce((sum, { times }) => sum + times, 0);
  const bytes = bytesFrom(requests, 0) + bytesFrom(requests, 1);
  // All that can come to one side: what the other asks, and its answers.
  const total = bytes + count * LARGEST_PUSH + 65_536;
  // Bytes that come one by one take their time, and tell nothing new after the first hundred.
  const least = Math.ceil(bytes / 150);
  const [left, right] = plan.sides.map((one, index) => {
    let { behaviours } = one;
    if (index === 1 && bothPipe) behaviours = behaviours.map((name) => (name === 'pipe' ? 'echo' : name));
    if (one.synchronize) behaviours = behaviours.map((name) => (name === 'hold' ? 'take' : name));
    const isHolding = behaviours.includes('hold');
    const isHanging = behaviours.includes('hang');
    // One handler waits behind all others.
    const windows = one.triggerOnStart && !areReading ? windowsTo(requests, index, plan.sides[1 - index]!) : 0;
    // Each of those that hold in a row has a place, and the one they wait for.
    const places = behaviours.every((name) => name === 'hold') ? count + 2 : behaviours.length * 2;
    return {
      ...one,
      behaviours,
      capacity: Math.max(one.capacity, least),
      mostAtOnce: Math.max(one.mostAtOnce, least),
      maxMessageSize: one.maxMessageSize === undefined ? undefined : total,
      maxPendingHandlers: one.maxPendingHandlers + (isHolding ? places : 0),
      // A quarter of it may wait.
      maxPendingBytes: Math.max(one.maxPendingBytes, isHolding || isHanging ? 4 * total : 0),
      // Else there would be too many frames.
      streamWindow: Math.max(one.streamWindow, isHanging ? total : 0, Math.ceil(bytes / 50_000)),
      connectionWindow: Math.max(
        one.connectionWindow,
        isHanging ? total : 0,
        Math.ceil(windows / MOST_WINDOWS),
        Math.ceil(bytes / 50_000),
      ),
    };
  }) as [Side, Side];
  return { ...plan, requests, sides: [left, right] };
}

/** The same with room for everything, and handlers that read: what has to go well whatever is done about a lack of room. */
export function withRoom(plan: Plan): Plan {
  const roomy = (one: Side): Side => ({
    ...one,
    synchronize: false,
    streamWindow: 1 << 25,
    connectionWindow: 1 << 28,
    maxPendingHandlers: 5000,
    maxPendingBytes: 1 << 28,
    maxMessageSize: undefined,
    highWaterMark: 1 << 20,
    behaviours: one.behaviours.map((name) => (CARELESS.includes(name) ? 'take' : name)),
  });
  const [left, right] = plan.sides;
  return { ...plan, sides: [roomy(left), roomy(right)] };
}

const CARELESS: readonly Behaviour[] = ['ignore', 'ignore later', 'half', 'read', 'hang'];
