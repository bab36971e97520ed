import { readFileSync } from 'node:fs';
import { parseSync } from 'oxc-parser';
import { expect, test } from 'vitest';
import * as webson from '../src/index.js';

// What `webson` exports, and why: what its users write in their programs. A name that is not here has no business there: what
// is made of frames, handshakes and transports has packages of its own.

/** Values. */
const VALUES: Readonly<Record<string, string>> = {
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
  serve: 'runs a server',
  Status: 'names for what onStatus is given',
  takeOver: 'answers the upgrades of an HTTP server',
  WebsonError: 'all errors of the kit, and their code',
};

/** Types: what somebody has to name who writes a function, a class or an option apart from where it is used. */
const TYPES: Readonly<Record<string, string>> = {
  Adapter: 'the second parameter of handlers',
  CloseInfo: 'what start resolves to',
  CompressOptions: 'the value of enableCompress',
  ConnectionOptions: 'the options of takeOver',
  DialOptions: 'the options of dial',
  DrainOptions: 'the options of drain',
  ErrorAction: 'a handler that is declared apart',
  EventHandler: 'what apply is given; classes implement it',
  MessageAction: 'a handler that is declared apart',
  MessageSource: 'what dispatchReader is given',
  PoolNode: 'what add is given beside the connection',
  PoolOptions: 'the options of a pool',
  ReadyAction: 'a handler that is declared apart',
  RedialEvent: 'what a pool says of its attempts',
  ServeOptions: 'the options of serve',
  Server: 'what serve gives',
  StatusAction: 'a handler that is declared apart',
  Undelivered: 'what a pool says of messages that it could not send',
  Unsent: 'the part of CloseInfo on what was left',
};

interface Exported {
  readonly name: string;
  readonly isType: boolean;
}

/** The names in the source. `export *`, which would let in whatever comes, has none. */
function exported(): Exported[] {
  const path = new URL('../src/index.ts', import.meta.url);
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
  for (const why of [...Object.values(VALUES), ...Object.values(TYPES)]) expect(why).toMatch(/^\w.{10,}$/);
});

test('the values are there when it is imported', () => {
  expect(Object.keys(webson).sort()).toEqual(Object.keys(VALUES).sort());
  for (const value of Object.values(webson)) expect(value).toBeDefined();
});

test('they are few enough to be read', () => {
  expect(exported().length).toBeLessThanOrEqual(50);
});
