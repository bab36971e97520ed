import { readFileSync } from 'node:fs';
import { parseSync } from 'oxc-parser';
import { expect, test } from 'vitest';
import * as webson from '../src/index.js';

// What `webson` exports, and why: what its users write in their programs. A name that is not here has no business there: what
// is made of frames, handshakes and transports has packages of its own.

/** Values. */
const VALUES: Readonly<Record<string, string>> = {
  attach: 'shares an HTTP server',
  ClosedError: 'told apart where something is sent after the end',
  CloseCode: 'names for the codes that are given to close, and found in CloseInfo',
  ConfigError: 'told apart where options come from a file or a user',
  Connection: 'the type of what dial gives, and instanceof',
  dial: 'opens a connection',
  HandshakeError: 'told apart where dial fails: its status, header fields and body',
  Message: 'the type of what handlers get, and instanceof',
  MessageCancelledError: 'told apart where a message is read while it arrives',
  MessageIncompleteError: 'told apart where a message is read while it arrives',
  MessageTooLargeError: 'told apart in CloseInfo.error',
  MessageType: 'names for the types that are given to dispatch and onMessage',
  NotReadyError: 'told apart where something is sent before the start',
  parseCloseCode: 'reads the payload of a Close in a handler for this type',
  Pool: 'many connections',
  ProtocolError: 'told apart in CloseInfo.error: its closeCode',
  refuse: 'what authorize returns for a request that it does not let in',
  serve: 'runs a server',
  Status: 'names for what onStatus is given',
  takeOver: 'answers the upgrades of an HTTP server',
  toDuplex: 'a connection as a stream of Node',
  toStreams: 'a connection as web streams',
  WebsonError: 'all errors of the kit, and their code',
};

/** Types: what somebody has to name who writes a function, a class or an option apart from where it is used. */
const TYPES: Readonly<Record<string, string>> = {
  Adapter: 'the second parameter of handlers',
  AttachOptions: 'the options of attach',
  ByteStreams: 'what toStreams gives',
  CloseInfo: 'what start resolves to',
  CompressOptions: 'the value of enableCompress',
  ConnectionOptions: 'the options that client and server have in common',
  DialOptions: 'the options of dial',
  DialTarget: 'what a function that pool.dial is given returns',
  DrainOptions: 'the options of drain',
  DuplexOptions: 'the options of toDuplex',
  ErrorAction: 'a handler that is declared apart',
  ErrorContext: 'the second parameter of onError of a server',
  EventHandler: 'what apply is given; classes implement it',
  MessageAction: 'a handler that is declared apart',
  MessageActionOptions: 'the options of onMessage',
  MessagePiece: 'what a source of dispatchReader yields',
  MessageSource: 'what dispatchReader is given',
  PoolNode: 'what add is given beside the connection',
  PoolOptions: 'the options of a pool',
  ReadyAction: 'a handler that is declared apart',
  RedialEvent: 'what a pool says of its attempts',
  Refusal: 'what refuse gives: the result of an authorize that is declared apart',
  ServeOptions: 'the options of serve',
  Server: 'what serve and attach give',
  StatusAction: 'a handler that is declared apart',
  StreamsOptions: 'the options of toStreams',
  TakeOverOptions: 'the options of takeOver',
  Undelivered: 'what a pool says of messages that it could not send',
  Unsent: 'the part of CloseInfo on what was left',
  UpgradeRequest: 'what authorize is given',
  WebsonErrorCode: 'what a table of errors, or of their texts, is complete for',
};

/** What `@webson/connection` exports beside those: for who brings a transport of his own, and types that few have to name. */
const BESIDE: Readonly<Record<string, string>> = {
  ConnectionHandler: 'the second parameter of serve, declared apart',
  ConnectionParts: "what a connection over a transport of one's own is made of",
  createTransportPair: 'a transport in memory, for tests',
  nodePlatform: 'a part of a connection',
  Opened: "what a redial of a connection of one's own gives",
  PathOption: 'the path of serve and attach, declared apart',
  Platform: 'the type of nodePlatform, and of one for another machine',
  RefusalHeaders: 'a part of RefuseOptions',
  RefuseOptions: 'the options of refuse, which are written where it is called',
  resolveOptions: 'makes the settings that are a part of a connection',
  ServerErrorAction: 'onError of a server, declared apart',
  Settings: 'what resolveOptions gives',
  Transport: "what a transport of one's own implements",
  TransportSink: "what a transport of one's own is given",
};

/** What is missing in a page, and where else only the WebSocket of a platform exists. */
const BUT_IN_PAGES: readonly string[] = [
  ...['attach', 'AttachOptions', 'serve', 'ServeOptions', 'Server', 'ErrorContext', 'takeOver', 'TakeOverOptions'],
  ...['refuse', 'Refusal', 'UpgradeRequest', 'toDuplex', 'DuplexOptions'],
  // Of `@webson/connection` beside `webson`: what servers have, and what transports of one's own are given of Node.
  ...['ConnectionHandler', 'PathOption', 'RefusalHeaders', 'RefuseOptions', 'ServerErrorAction'],
  ...['createTransportPair', 'nodePlatform', 'Platform', 'resolveOptions', 'Settings'],
];

interface Exported {
  readonly name: string;
  readonly isType: boolean;
}

/** The names in the source. `export *`, which would let in whatever comes, has none. */
function exported(file = '../src/index.ts'): Exported[] {
  const path = new URL(file, import.meta.url);
  const { module, errors } = parseSync('index.ts', readFileSync(path, 'utf8'));
  expect(errors).toEqual([]);
  return module.staticExports
    .flatMap(({ entries }) => entries)
    .map(({ exportName, isType }) => ({ name: exportName.name ?? '*', isType }));
}

test('webson exports what is listed here, each for a reason', () => {
  const names = exported();
  const namesOf = (isType: boolean): string[] => names.filter((one) => one.isType === isType).map(({ name }) => name);
  expect(namesOf(false).sort()).toEqual(Object.keys(VALUES).sort());
  expect(namesOf(true).sort()).toEqual(Object.keys(TYPES).sort());
  const reasons = [VALUES, TYPES, BESIDE].flatMap((list) => Object.values(list));
  for (const why of reasons) expect(why).toMatch(/^\w.{10,}$/);
});

test('what @webson/connection exports is exported by webson, too, or listed here for a reason', () => {
  const known = new Set(exported().map(({ name }) => name));
  const beside = exported('../../connection/src/index.ts').flatMap(({ name }) => (known.has(name) ? [] : [name]));
  expect(beside.sort()).toEqual(Object.keys(BESIDE).sort());
});

test.each(['webson', 'connection'])('in a page %s exports the same, but for what needs sockets or servers', (name) => {
  const namesOf = (file: string): string[] => exported(`../../${name}/src/${file}`).map((one) => one.name);
  expect(namesOf('web.ts').sort()).toEqual(
    namesOf('index.ts')
      .filter((one) => !BUT_IN_PAGES.includes(one))
      .sort(),
  );
});

test('the values are there when it is imported', () => {
  expect(Object.keys(webson).sort()).toEqual(Object.keys(VALUES).sort());
  for (const value of Object.values(webson)) expect(value).toBeDefined();
});

test('they are few enough to be read', () => {
  expect(exported().length).toBeLessThanOrEqual(55);
});
