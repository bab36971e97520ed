/** A package under `packages/`: what its sources may import from outside it. */
export interface Package {
  /** Its folder, and its public name. */
  readonly package: string;
  readonly name: string;
  /** Specifiers that its sources may import. `type x`: the types of x alone. `node:*`: all of them. `!x`: x after all not. */
  readonly packages: readonly string[];
  readonly globals: Globals;
  readonly why: string;
  /** Where the package has more than one room: its rooms, which then say what each may import. */
  readonly rooms?: readonly Room[];
}

/** A folder or a file of a package. A source file belongs to the narrowest room that holds it. */
export interface Room {
  /** Its path from the package's `src`. `.` is every file that has no narrower room. */
  readonly room: string;
  /** The other rooms it may import: such as stand before it in the table, so that no arrow runs back. `*` is all of those. */
  readonly rooms: readonly string[];
  /** As in {@link Package}. */
  readonly packages: readonly string[];
  /** Where they differ from those of the room around it. */
  readonly globals?: Globals;
  readonly why: string;
}

/** Sources outside `packages/*\/src`: they may import all but some packages, all by their public names. */
export interface Ground {
  /** The folder, from the root of the workspace; `*` stands for one name. */
  readonly ground: string;
  /** What it may not import: specifiers, and what lies below them. */
  readonly except: readonly string[];
  readonly why: string;
}

/** Which globals of the machine a room may use; `any` is all of them. {@link denied} says what each of the others lacks. */
export type Globals = 'pure' | 'portable' | 'node' | 'time' | 'any';

const FRAME = '@webson/frame';
const HANDSHAKE = '@webson/handshake';
const COMPRESS = '@webson/compress';
const CONNECTION = '@webson/connection';
const POOL = '@webson/pool';

/** Timers are node:timers too: they enter with the rest of time. */
const NODE = ['node:*', '!node:timers'];

const CONTRACT = 'protocol/contract';
const STREAMS = 'protocol/streams';
const INBOUND = 'protocol/inbound';
const OUTBOUND = 'protocol/outbound';
const GO = 'protocol/go';
const NEGOTIATED = 'protocol/negotiated';
const RUN_TIME = 'lifecycle/run-time.ts';
const CLOCK = 'lifecycle/clock.ts';
const SOCKET = 'node/socket';

/** The rooms of `packages/connection/src`, the lowest first. */
const connection: readonly Room[] = [
  // The protocol machine.
  {
    room: CONTRACT,
    rooms: [],
    packages: [`type ${FRAME}`, `type ${HANDSHAKE}`],
    why: 'what the rooms of the protocol agree on: types and errors, no code that does anything',
  },
  {
    room: STREAMS,
    rooms: [CONTRACT],
    packages: [FRAME],
    why: 'ids, windows and FLOW frames, without a message in sight',
  },
  {
    room: INBOUND,
    rooms: [CONTRACT, STREAMS],
    packages: [FRAME],
    why: 'the way of bytes in: receiver, table of messages, bodies, unread bytes',
  },
  {
    room: OUTBOUND,
    rooms: [CONTRACT, STREAMS],
    packages: [FRAME],
    why: 'the way of messages out: sender, queue, outbox; it knows nothing of the way in',
  },
  {
    room: GO,
    rooms: [CONTRACT, STREAMS, INBOUND, OUTBOUND],
    packages: [FRAME, HANDSHAKE],
    why: 'the Go dialect: a part that is loaded when it is asked for',
  },
  {
    room: NEGOTIATED,
    rooms: [CONTRACT, STREAMS, INBOUND, OUTBOUND],
    packages: [FRAME, HANDSHAKE],
    why: 'what a handshake leads to; it is made before there is an endpoint, and beside it',
  },
  {
    room: 'protocol',
    globals: 'pure',
    rooms: [CONTRACT, STREAMS, INBOUND, OUTBOUND, GO],
    packages: [FRAME],
    why: 'one endpoint: who may say what when',
  },

  // What the application and the machine are to everything above the protocol.
  {
    room: 'application',
    rooms: [CONTRACT],
    packages: [FRAME],
    why: "values of the application's code: what it throws, returns, sends",
  },
  {
    room: 'options',
    rooms: [CONTRACT],
    packages: [FRAME, HANDSHAKE, `type ${COMPRESS}`],
    why: 'what a user may ask for, checked and with defaults',
  },
  { room: 'status.ts', rooms: [], packages: [], why: 'names for what a user is told' },
  {
    room: 'adapter.ts',
    rooms: ['status.ts'],
    packages: [],
    why: 'what stands between a connection and its handlers',
  },
  {
    room: 'transport.ts',
    rooms: [],
    packages: [],
    why: 'what carries the bytes: the interface that sockets and tests fill in',
  },
  { room: RUN_TIME, rooms: [], packages: [], globals: 'time', why: 'the one file in which time enters' },
  {
    room: CLOCK,
    rooms: [RUN_TIME],
    packages: [],
    why: 'deadlines, and one timer for all of them',
  },

  // A connection, from below.
  {
    room: 'reading',
    rooms: [CONTRACT, INBOUND, 'transport.ts', CLOCK],
    packages: [],
    why: 'who may wait for whom: what was read and not yet handled',
  },
  {
    room: 'message.ts',
    rooms: [CONTRACT, 'application', 'reading'],
    packages: [FRAME],
    why: 'a message as its handler sees it',
  },
  {
    room: 'pool-access.ts',
    rooms: [OUTBOUND, 'protocol'],
    packages: [],
    why: 'what a pool may do with a connection',
  },
  {
    room: 'lifecycle',
    rooms: [
      CONTRACT,
      INBOUND,
      OUTBOUND,
      'protocol',
      'application',
      'options',
      'status.ts',
      'transport.ts',
      CLOCK,
      'reading',
      'message.ts',
      'pool-access.ts',
    ],
    packages: [FRAME],
    why: 'from the first byte to the last: link, dispatcher, heartbeat; it does not know whose it is',
  },
  {
    room: '.',
    rooms: [
      CONTRACT,
      'protocol',
      'application',
      'options',
      'status.ts',
      'adapter.ts',
      'transport.ts',
      CLOCK,
      'reading',
      'message.ts',
      'pool-access.ts',
      'lifecycle',
    ],
    packages: [FRAME, `type ${HANDSHAKE}`, `type ${COMPRESS}`],
    why: 'the connection as its user sees it, on any machine',
  },
  {
    room: 'lifecycle/drain.ts',
    rooms: ['application', 'options', CLOCK, '.'],
    packages: [FRAME],
    why: 'the end of many connections at once',
  },

  // Node's sockets below it.
  {
    room: 'node/built-ins.ts',
    rooms: [],
    packages: NODE,
    why: 'what Node brings, loaded when needed',
  },
  {
    room: SOCKET,
    rooms: [CONTRACT, 'application', 'transport.ts', CLOCK, 'node/built-ins.ts'],
    packages: [`type ${FRAME}`, ...NODE],
    why: 'bytes to and from a socket; it knows neither who dialled nor what is spoken',
  },
  {
    room: 'node',
    globals: 'node',
    rooms: [CONTRACT, INBOUND, GO, NEGOTIATED, 'application', 'options', CLOCK, '.', 'node/built-ins.ts'],
    packages: [FRAME, HANDSHAKE, COMPRESS, ...NODE],
    why: 'what client and server share: extensions, parts loaded on demand, attempts that can be given up',
  },
  {
    room: 'node/client',
    rooms: [CONTRACT, 'application', 'options', CLOCK, '.', 'node/built-ins.ts', SOCKET, 'node'],
    packages: [HANDSHAKE, ...NODE],
    why: 'from an address to a connection; it never needs a server',
  },
  {
    room: 'node/server',
    rooms: [
      CONTRACT,
      'application',
      'options',
      'status.ts',
      CLOCK,
      'lifecycle/drain.ts',
      '.',
      'node/built-ins.ts',
      SOCKET,
      'node',
    ],
    packages: [HANDSHAKE, ...NODE],
    why: 'from a request to a connection; it never needs a client',
  },
  { room: 'index.ts', rooms: ['*'], packages: [], why: 'what others import' },
];

/** The packages, the lowest first. */
export const packages: readonly Package[] = [
  {
    package: 'frame',
    name: FRAME,
    packages: [],
    globals: 'pure',
    why: 'the frame codec: bytes to frames and back',
  },
  {
    package: 'handshake',
    name: HANDSHAKE,
    packages: [],
    globals: 'pure',
    why: 'the opening handshake as data',
  },
  {
    package: 'compress',
    name: COMPRESS,
    packages: [`type ${HANDSHAKE}`, 'node:zlib'],
    globals: 'any',
    why: 'permessage-deflate',
  },
  {
    package: 'connection',
    name: CONNECTION,
    packages: [FRAME, HANDSHAKE, COMPRESS],
    globals: 'portable',
    why: 'one connection: protocol, lifecycle, heartbeat, dispatch',
    rooms: connection,
  },
  {
    package: 'pool',
    name: POOL,
    packages: [CONNECTION],
    globals: 'any',
    why: 'many connections: groups, broadcast, redial',
  },
  {
    package: 'webson',
    name: 'webson',
    packages: [FRAME, HANDSHAKE, COMPRESS, CONNECTION, POOL],
    globals: 'any',
    why: 're-exports, nothing else',
  },
];

/** All other sources; the first that fits is the one. What a test of a package may import follows from {@link packages}. */
export const grounds: readonly Ground[] = [
  { ground: 'tooling/*', except: [], why: 'what keeps the rest honest: lint rules, bench, interop' },
  {
    ground: 'apps/examples/*/src',
    except: ['ws', FRAME, HANDSHAKE, COMPRESS, CONNECTION, POOL],
    why: 'what people run and copy: it imports what its readers install',
  },
  { ground: 'apps/*', except: ['ws'], why: 'what people run: the playground' },
];

/** Globals that are told apart, and where they belong. */
const nodes = ['Buffer', 'process'];
const times = ['setTimeout', 'setInterval', 'setImmediate', 'Date', 'performance'];

/** Which globals a room of each kind may not use, and why. */
export const denied: Readonly<Record<Exclude<Globals, 'any'>, readonly (readonly [why: string, names: string[]])[]>> = {
  pure: [
    [
      'This folder is pure: bytes and calls in, bytes and events out.',
      [...nodes, 'globalThis', ...times, 'queueMicrotask', 'console'],
    ],
  ],
  portable: [
    ['What only Node has is for packages/connection/src/node/.', [...nodes, 'globalThis']],
    [`Time enters in one file: packages/connection/src/${RUN_TIME}.`, times],
  ],
  node: [[`Time enters in one file: packages/connection/src/${RUN_TIME}.`, times]],
  time: [['What only Node has is for packages/connection/src/node/.', nodes]],
};
