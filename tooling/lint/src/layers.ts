/*
 * The table of layers: which room of the workspace may import what, and why. The check of the imports, Biome's rules on
 * globals and the picture in CONTRIBUTING.md are all made from it.
 */

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

/** Which globals of the machine a room may use; `any` is all of them. `globals.ts` says what the others lack. */
export type Globals = 'pure' | 'portable' | 'web' | 'node' | 'time' | 'any';

/** Timers are node:timers too: they enter with the rest of time. */
const NODE = ['node:*', '!node:timers'];

/** The rooms of `packages/connection/src`, the lowest first. */
const connection: readonly Room[] = [
  // The protocol machine.
  {
    room: 'protocol/contract',
    rooms: [],
    packages: ['type @webson/frame', 'type @webson/handshake'],
    why: 'what the rooms of the protocol agree on: types and errors, no code that does anything',
  },
  {
    room: 'protocol/streams',
    rooms: ['protocol/contract'],
    packages: ['@webson/frame'],
    why: 'ids, windows and FLOW frames, without a message in sight',
  },
  {
    room: 'protocol/inbound',
    rooms: ['protocol/contract', 'protocol/streams'],
    packages: ['@webson/frame'],
    why: 'the way of bytes in: receiver, table of messages, bodies, unread bytes',
  },
  {
    room: 'protocol/outbound',
    rooms: ['protocol/contract', 'protocol/streams'],
    packages: ['@webson/frame'],
    why: 'the way of messages out: sender, queue, outbox; it knows nothing of the way in',
  },
  {
    room: 'protocol/go',
    rooms: ['protocol/contract', 'protocol/streams', 'protocol/inbound', 'protocol/outbound'],
    packages: ['@webson/frame', '@webson/handshake'],
    why: 'the Go dialect: a part that is loaded when it is asked for',
  },
  {
    room: 'protocol/negotiated',
    rooms: ['protocol/contract', 'protocol/streams', 'protocol/inbound', 'protocol/outbound'],
    packages: ['@webson/frame', '@webson/handshake'],
    why: 'what a handshake leads to; it is made before there is an endpoint, and beside it',
  },
  {
    room: 'protocol/questions.ts',
    rooms: ['protocol/contract'],
    packages: ['@webson/frame'],
    why: 'what is asked about settings that a page has not: whoever makes the platform of Node needs nothing else of an endpoint',
  },
  {
    room: 'protocol',
    globals: 'pure',
    rooms: ['protocol/contract', 'protocol/streams', 'protocol/inbound', 'protocol/outbound', 'protocol/go'],
    packages: ['@webson/frame'],
    why: 'one endpoint: who may say what when',
  },

  // What the application and the machine are to everything above the protocol.
  {
    room: 'application',
    rooms: ['protocol/contract'],
    packages: ['@webson/frame'],
    why: "values of the application's code: what it throws, returns, sends",
  },
  {
    room: 'application/web-streams.ts',
    globals: 'web',
    rooms: ['protocol/contract'],
    packages: [],
    why: 'the web streams of the platform, also where a test environment hides them',
  },
  {
    room: 'options',
    rooms: ['protocol/contract', 'application'],
    packages: ['@webson/frame', '@webson/handshake', 'type @webson/compress'],
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
  { room: 'time/run-time.ts', rooms: [], packages: [], globals: 'time', why: 'the one file in which time enters' },
  {
    room: 'time/clock.ts',
    rooms: ['time/run-time.ts'],
    packages: [],
    why: 'deadlines, and one timer for all of them',
  },
  {
    room: 'time/attempt.ts',
    rooms: ['application', 'time/clock.ts'],
    packages: [],
    why: 'several steps under one deadline, which can be given up',
  },

  // A connection, from below.
  {
    room: 'reading',
    rooms: ['protocol/contract', 'protocol/inbound', 'transport.ts', 'time/clock.ts'],
    packages: [],
    why: 'who may wait for whom: what was read and not yet handled',
  },
  {
    room: 'message.ts',
    rooms: ['protocol/contract', 'application', 'application/web-streams.ts', 'reading'],
    packages: ['@webson/frame'],
    why: 'a message as its handler sees it',
  },
  {
    room: 'handlers.ts',
    rooms: ['protocol/contract', 'application', 'status.ts', 'adapter.ts', 'message.ts'],
    packages: [],
    why: "the application's handlers, and what is done with what they throw",
  },
  {
    room: 'connection-parts.ts',
    rooms: ['protocol/contract', 'protocol/inbound', 'options', 'transport.ts'],
    packages: ['type @webson/handshake'],
    why: 'what a connection is made of, whoever made it',
  },
  {
    room: 'lifecycle/anteroom.ts',
    rooms: ['protocol/contract', 'transport.ts', 'time/clock.ts', 'connection-parts.ts'],
    packages: ['@webson/frame'],
    why: 'what watches a transport that nobody reads yet: a part that the platform of Node brings',
  },
  {
    room: 'lifecycle/end-trace.ts',
    rooms: ['protocol/contract', 'application', 'connection-parts.ts'],
    packages: ['@webson/frame'],
    why: 'how the end of a connection is written: another such part',
  },
  {
    room: 'lifecycle',
    rooms: [
      'protocol/contract',
      'protocol/inbound',
      'protocol/outbound',
      'protocol',
      'application',
      'options',
      'status.ts',
      'adapter.ts',
      'transport.ts',
      'time/clock.ts',
      'reading',
      'message.ts',
      'handlers.ts',
      'connection-parts.ts',
    ],
    packages: ['@webson/frame'],
    why: 'what goes on in a connection, from one life to the next; it does not know the class that users hold',
  },
  {
    room: 'bytes',
    rooms: ['protocol/contract', 'protocol', 'message.ts', 'lifecycle'],
    packages: [],
    why: 'a connection as two directions of bytes, whatever streams they become',
  },
  {
    room: 'memory-transport.ts',
    rooms: ['transport.ts', 'time/clock.ts'],
    packages: ['@webson/testing'],
    why: 'the pair in memory, which the build puts in from the package for tests',
  },
  {
    room: '.',
    rooms: [
      'protocol/contract',
      'protocol',
      'application',
      'application/web-streams.ts',
      'options',
      'status.ts',
      'adapter.ts',
      'transport.ts',
      'time/clock.ts',
      'message.ts',
      'handlers.ts',
      'connection-parts.ts',
      'lifecycle',
      'bytes',
    ],
    packages: ['@webson/frame', 'type @webson/handshake', 'type @webson/compress'],
    why: 'the connection as its user sees it, on any machine',
  },

  // The connection inside the messages of another one.
  {
    room: 'inner',
    rooms: ['protocol/contract', 'application', 'status.ts', 'transport.ts', 'time/clock.ts', '.'],
    packages: ['@webson/frame'],
    why: 'the inner protocol: frames inside the messages of a WebSocket that shows none',
  },

  // The WebSocket of a platform below it.
  {
    room: 'web/socket',
    globals: 'web',
    rooms: ['protocol/contract', 'application', 'transport.ts', 'time/clock.ts', 'inner'],
    packages: ['@webson/frame'],
    why: 'messages to and from the WebSocket of a platform',
  },
  {
    room: 'web/client',
    globals: 'web',
    rooms: [
      'protocol/contract',
      'protocol/negotiated',
      'application',
      'options',
      'status.ts',
      'time/attempt.ts',
      'connection-parts.ts',
      '.',
      'inner',
      'web/socket',
    ],
    packages: [],
    why: 'from an address to a connection, over the WebSocket of a platform',
  },

  // Node's sockets below it.
  {
    room: 'node/built-ins.ts',
    rooms: [],
    packages: NODE,
    why: 'what Node brings, loaded when needed',
  },
  {
    room: 'node/socket',
    rooms: ['protocol/contract', 'application', 'transport.ts', 'time/clock.ts', 'node/built-ins.ts'],
    packages: ['type @webson/frame', ...NODE],
    why: 'bytes to and from a socket; it knows neither who dialled nor what is spoken',
  },
  {
    room: 'node',
    globals: 'node',
    rooms: [
      'protocol/contract',
      'protocol/inbound',
      'protocol/go',
      'protocol/negotiated',
      'protocol/questions.ts',
      'application',
      'options',
      'time/clock.ts',
      'connection-parts.ts',
      'lifecycle/anteroom.ts',
      'lifecycle/end-trace.ts',
      'node/built-ins.ts',
      'node/socket',
    ],
    packages: ['@webson/frame', '@webson/handshake', '@webson/compress', ...NODE],
    why: 'what client and server share: extensions, and parts loaded on demand',
  },
  {
    room: 'node/client',
    rooms: [
      'protocol/contract',
      'application',
      'options',
      'time/clock.ts',
      'connection-parts.ts',
      '.',
      'time/attempt.ts',
      'node/built-ins.ts',
      'node/socket',
      'node',
    ],
    packages: ['@webson/handshake', ...NODE],
    why: 'from an address to a connection; it never needs a server',
  },
  {
    room: 'node/server',
    rooms: [
      'protocol/contract',
      'application',
      'options',
      'status.ts',
      'handlers.ts',
      'time/clock.ts',
      'lifecycle',
      '.',
      'time/attempt.ts',
      'connection-parts.ts',
      'inner',
      'node/built-ins.ts',
      'node/socket',
      'node',
    ],
    packages: ['@webson/frame', '@webson/handshake', ...NODE],
    why: 'from a request to a connection; it never needs a client',
  },

  {
    room: 'node/socket-manners.ts',
    rooms: ['time/clock.ts'],
    packages: NODE,
    why: 'what HTTP wants of a Duplex beside its bytes',
  },
  {
    room: 'node/duplex.ts',
    rooms: ['options', 'time/clock.ts', 'bytes', '.', 'node/built-ins.ts', 'node/socket-manners.ts'],
    packages: NODE,
    why: 'a connection as a stream of Node',
  },

  // What comes out of the package.
  { room: 'portable.ts', rooms: ['*'], packages: [], why: 'what comes out of it on every machine' },
  { room: 'internal.ts', rooms: ['*'], packages: [], why: 'what the packages beside it import' },
  { room: 'index.ts', rooms: ['internal.ts'], packages: [], why: 'what users import' },
  { room: 'web-internal.ts', rooms: ['*'], packages: [], why: 'the same where there are no sockets' },
  { room: 'web.ts', rooms: ['web-internal.ts'], packages: [], why: 'what users import there' },
];

/** The rooms of `packages/channels/src`, the lowest first. */
const channels: readonly Room[] = [
  {
    room: '.',
    rooms: [],
    packages: ['@webson/connection', '@webson/connection/internal'],
    why: 'why a channel fails, and what may be set',
  },
  { room: 'wire', rooms: ['.'], packages: ['type @webson/connection/internal'], why: 'what the messages begin with' },
  {
    room: 'channel',
    rooms: ['.', 'wire'],
    packages: ['@webson/connection/internal'],
    why: 'channels, whatever they look like outside',
  },
  {
    room: 'rpc',
    rooms: ['.', 'channel'],
    packages: ['@webson/connection/internal'],
    globals: 'web',
    why: 'calls over them, for the libraries that make these',
  },
  {
    room: 'node',
    rooms: ['.', 'channel'],
    packages: [...NODE, '@webson/connection/internal'],
    globals: 'any',
    why: 'as a Duplex, and TCP over them',
  },
  {
    room: 'web',
    rooms: ['.', 'channel'],
    packages: ['@webson/connection/internal'],
    globals: 'web',
    why: 'as streams of the web',
  },
  { room: 'portable.ts', rooms: ['*'], packages: [], why: 'what comes out of it on every machine' },
  { room: 'index.ts', rooms: ['*'], packages: [], why: 'what users import' },
  { room: 'web.ts', rooms: ['*'], packages: [], why: 'what users import where there are no sockets' },
];

/** The packages, the lowest first. */
export const packages: readonly Package[] = [
  {
    package: 'frame',
    name: '@webson/frame',
    packages: [],
    globals: 'pure',
    why: 'the frame codec: bytes to frames and back',
  },
  {
    package: 'handshake',
    name: '@webson/handshake',
    packages: [],
    globals: 'pure',
    why: 'the opening handshake as data',
  },
  {
    package: 'compress',
    name: '@webson/compress',
    packages: ['type @webson/handshake', 'node:zlib'],
    globals: 'any',
    why: 'permessage-deflate',
  },
  {
    package: 'testing',
    name: '@webson/testing',
    packages: [],
    globals: 'any',
    why: 'what tests of transports and of code on sockets need: ours, and those of whoever writes a transport',
    rooms: [
      { room: '.', rooms: [], packages: [], why: 'transports in memory, the suite that tries them, a clock' },
      { room: 'tcp', rooms: ['.'], packages: ['node:*'], why: 'the same over real sockets' },
    ],
  },
  {
    package: 'connection',
    name: '@webson/connection',
    packages: ['@webson/frame', '@webson/handshake', '@webson/compress', '@webson/testing'],
    globals: 'portable',
    why: 'one connection: protocol, lifecycle, heartbeat, dispatch',
    rooms: connection,
  },
  {
    package: 'pool',
    name: '@webson/pool',
    packages: ['@webson/connection', '@webson/connection/internal'],
    globals: 'any',
    why: 'many connections: groups, broadcast, redial',
  },
  {
    package: 'channels',
    name: '@webson/channels',
    packages: ['@webson/connection', '@webson/connection/internal'],
    globals: 'portable',
    why: 'byte streams in both directions, many on one connection; TCP over them',
    rooms: channels,
  },
  {
    package: 'webson',
    name: 'webson',
    packages: ['@webson/frame', 'type @webson/compress', '@webson/connection', '@webson/pool'],
    globals: 'any',
    why: 're-exports, nothing else',
  },
];

/** All other sources; the first that fits is the one. What a test of a package may import follows from {@link packages}. */
export const grounds: readonly Ground[] = [
  { ground: 'tooling/*', except: [], why: 'what keeps the rest honest: lint rules, bench, interop' },
  {
    ground: 'apps/examples/framed-line/src',
    except: ['ws', 'webson', '@webson/handshake', '@webson/compress', '@webson/connection', '@webson/pool'],
    why: 'the example of the codec alone',
  },
  {
    ground: 'apps/examples/custom-transport/src',
    except: [
      'ws',
      '@webson/frame',
      '@webson/handshake',
      '@webson/compress',
      '@webson/connection/internal',
      '@webson/pool',
    ],
    why: "the example of a transport of one's own",
  },
  {
    ground: 'apps/examples/*/src',
    except: [
      'ws',
      '@webson/frame',
      '@webson/handshake',
      '@webson/compress',
      '@webson/connection',
      '@webson/pool',
      '@webson/testing',
    ],
    why: 'what people run and copy: it imports what its readers install',
  },
  { ground: 'apps/*', except: ['ws', '@webson/connection/internal'], why: 'what people run: the playground' },
];
