import type { Behaviour, Ending, Plan, Request, Side } from './plan.js';

/** How often each is run: the order in which bytes, drains and turns come is another one every time. */
const ORDERS = 40;

const ROOMY: Side = {
  synchronize: false,
  triggerOnStart: false,
  streamWindow: 1 << 20,
  connectionWindow: 1 << 22,
  maxPendingHandlers: 1024,
  maxPendingBytes: 8 << 20,
  maxMessageSize: undefined,
  highWaterMark: 1 << 20,
  maxStreams: 1024,
  chunkSize: 4096,
  pacing: 5120,
  pingInterval: 0,
  capacity: 65_536,
  isLent: false,
  mostAtOnce: 65_536,
  behaviours: ['take'],
};
const ONE_AT_A_TIME: Partial<Side> = { synchronize: true, triggerOnStart: true };

type Asked = readonly [times: number, size: number, way?: Request['way'], after?: number];

/** What a client asks a server, and what that does about it. */
function plan(
  protocol: Plan['protocol'],
  requests: readonly Asked[],
  server: Partial<Side>,
  behaviours: readonly Behaviour[],
  more: { client?: Partial<Side>; ending?: Ending; compress?: Plan['compress'] } = {},
): Plan {
  return {
    protocol,
    compress: more.compress ?? false,
    sides: [
      { ...ROOMY, ...more.client },
      { ...ROOMY, ...server, behaviours },
    ],
    requests: requests.map(([times, size, way = 'dispatch', after = 0]) => ({
      from: 0,
      way,
      type: 2,
      size,
      times,
      after,
    })),
    ending: more.ending ?? { how: 'close', by: 0, after: undefined },
    seed: 0,
  };
}

const WINDOWS = { streamWindow: 1024, connectionWindow: 4096 };
const SMALL = { ...WINDOWS, maxPendingBytes: 2048, highWaterMark: 1024 };
// Its source rests between the pieces.
const READER: Asked = [1, 3004, 'dispatchReader, not awaited'];
/** They come while it does. */
const MANY: Asked = [1100, 10, 'dispatch', 1];
const CLOSED_BY_SERVER: Ending = { how: 'close', by: 1, after: undefined };
const LEFT: Ending = { how: 'destroy', by: 0, after: 200 };

/** Deadlocks that are known, by name: what leads to each. */
export const KNOWN: Readonly<Record<string, Plan>> = {
  'a message begins in the segment that ends the one before': plan('plain', [[1, 10], READER, [3, 10]], ONE_AT_A_TIME, [
    'take',
  ]),
  'messages that may not start fill the window of the one that runs': plan(
    'streams',
    [[8, 3000]],
    { ...ONE_AT_A_TIME, ...WINDOWS },
    ['echo'],
  ),
  'many messages that have not ended, one at a time': plan(
    'streams',
    [[60, 3004, 'dispatchReader, not awaited']],
    { ...ONE_AT_A_TIME, ...WINDOWS, connectionWindow: 1024 },
    ['take'],
  ),
  'the same at both ends': {
    ...plan('streams', [], {}, []),
    sides: [
      { ...ROOMY, ...ONE_AT_A_TIME, ...WINDOWS, connectionWindow: 1024, behaviours: ['take'] },
      { ...ROOMY, ...ONE_AT_A_TIME, ...WINDOWS, connectionWindow: 1024, behaviours: ['slow', 'stream'] },
    ],
    requests: ([0, 1] as const).map((from) => {
      return { from, way: 'dispatchReader, not awaited', type: 2, size: 3004, times: 40, after: 0 };
    }),
  },
  'messages that may not start, and each is read slowly': plan(
    'streams',
    [[8, 3000]],
    { ...ONE_AT_A_TIME, ...WINDOWS },
    ['slow'],
  ),
  'more than a thousand messages behind one that is unfinished': plan('streams', [READER, MANY], { ...ONE_AT_A_TIME }, [
    'take',
  ]),
  'one place for handlers, and messages behind one that is unfinished': plan(
    'streams',
    [READER, MANY],
    { triggerOnStart: true, maxPendingHandlers: 1 },
    ['take'],
  ),
  'a message larger than may be pending comes back, awaiting drained()': plan('streams', [[1, 9000]], SMALL, ['echo'], {
    client: SMALL,
  }),
  'replies by dispatchReader, one at a time': plan(
    'streams',
    [[3, 9000]],
    { ...SMALL, synchronize: true },
    ['echo pieces'],
    {
      client: SMALL,
    },
  ),
  'the same, paced': plan('go', [[3, 9000]], { ...SMALL, synchronize: true }, ['echo pieces']),
  'as many handlers as there may be wait for drained()': plan(
    'streams',
    [[40, 1000]],
    { ...SMALL, maxPendingHandlers: 8, highWaterMark: 0, maxPendingBytes: 1 << 20 },
    ['echo'],
    { client: WINDOWS },
  ),
  'the same handlers, paced': plan(
    'go streams',
    [[40, 1000]],
    { maxPendingHandlers: 8, highWaterMark: 0, pacing: 512 },
    ['echo'],
    { client: { pacing: false } },
  ),
  'close() while a handler hangs': plan('plain', [[5, 10]], { synchronize: true }, ['hang'], {
    ending: CLOSED_BY_SERVER,
  }),
  'close() by the peer while a handler hangs': plan('plain', [[5, 10]], { synchronize: true }, ['hang']),
  'the peer leaves while a handler hangs': plan('plain', [[5, 10]], { synchronize: true }, ['hang'], { ending: LEFT }),
  'messages that nobody reads': plan('streams', [[12, 3000]], { triggerOnStart: true, ...WINDOWS }, ['ignore']),
  'messages that nobody reads, later': plan('plain', [[12, 3000]], { triggerOnStart: true, ...WINDOWS }, [
    'ignore later',
  ]),
  'messages left half read': plan('streams', [[12, 3000]], { triggerOnStart: true, ...WINDOWS }, ['half']),
  'messages left half read, without windows': plan(
    'unwindowed streams',
    [[12, 3000]],
    { triggerOnStart: true, ...WINDOWS },
    ['half'],
  ),
  'messages that nobody reads, one referring to the other': plan(
    'plain',
    [[4, 200_000]],
    { triggerOnStart: true, ...WINDOWS },
    ['ignore', 'take'],
    { compress: 'takeover' },
  ),
  'replies at both ends that wait for drained(), one at a time': {
    ...plan('streams', [], SMALL, ['echo']),
    sides: [
      { ...ROOMY, ...ONE_AT_A_TIME, ...SMALL, behaviours: ['echo'] },
      { ...ROOMY, ...ONE_AT_A_TIME, ...SMALL, behaviours: ['echo'] },
    ],
    requests: ([0, 1] as const).map((from) => ({ from, way: 'dispatch', type: 2, size: 3000, times: 8, after: 0 })),
  },
  'close() at the bound while a handler hangs': plan(
    'plain',
    [[5, 3000]],
    { synchronize: true, maxPendingBytes: 2048 },
    ['hang'],
    { ending: CLOSED_BY_SERVER },
  ),
  'a reader that goes on when as much waits as may': plan(
    'unwindowed streams',
    [READER, [10, 10, 'dispatch', 1]],
    { ...ONE_AT_A_TIME, maxPendingBytes: 2048 },
    ['slow'],
  ),
  'messages larger than may be pending come back, awaiting drained()': plan('streams', [[6, 3000]], SMALL, ['echo'], {
    client: SMALL,
  }),
  'replies wait for their handlers, and requests for windows': plan('streams', [[20, 3000]], WINDOWS, ['echo'], {
    client: { maxPendingHandlers: 1, maxPendingBytes: 512 },
  }),
};

/** A plan in as many orders as are tried of each: over sockets of any size, with memory lent or not. */
export function ordersOf(known: Plan): Plan[] {
  const [client, server] = known.sides;
  return Array.from({ length: ORDERS }, (_, seed) => {
    const joined = {
      capacity: [65_536, 100, 1000][seed % 3]!,
      mostAtOnce: [65_536, 70, 900][seed % 3]!,
      isLent: seed % 2 === 0,
    };
    return {
      ...known,
      sides: [
        { ...client, ...joined },
        { ...server, ...joined },
      ],
      seed,
    };
  });
}
