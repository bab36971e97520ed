import { describe, expect, test } from 'vitest';
import { DIAL_KINDS } from '../../src/node/client/dial.js';
import { refuse } from '../../src/node/server/authorization.js';
import { SERVE_KINDS } from '../../src/node/server/serve.js';
import { CONNECTION_KINDS } from '../../src/options/connection-kinds.js';
import { FOREIGN_NAMES, NAMES_OF_PLACES } from '../../src/options/foreign-names.js';
import { BOOLEAN, fieldsOf } from '../../src/options/option-kinds.js';
import { unknownOption } from '../../src/options/unknown-option.js';
import { ConfigError } from '../../src/protocol/contract/errors.js';

const all = CONNECTION_KINDS;
const said = (name: string, value: unknown = 5): string => unknownOption('', name, value, all).message;

const foreign = Object.entries(FOREIGN_NAMES).flatMap(([library, names]) =>
  Object.entries(names).map(([name, here]) => [name, here, library] as const),
);

describe('names known from elsewhere', () => {
  test.each(foreign)('%s: %s (%s)', (name, here, library) => {
    // Of the Go kit, a name in another spelling is listed because its unit is another one.
    if (library !== 'the Go kit') expect(Object.keys(all)).not.toContain(name);
    const error = unknownOption('', name, 5, all);
    expect(error).toBeInstanceOf(ConfigError);
    const [ours = '', note] = here.split('; ');
    expect(error.message.startsWith(`${name}: no such option, got 5; `)).toBe(true);
    if (ours === '') expect(error.message).toContain(`there is none here: ${note}`);
    else expect(error.message).toContain(`here it is ${ours}`);
    // What differs is said, unless the name is one of another object, which is said then.
    if (note !== undefined && !(ours in elsewhere)) expect(error.message).toContain(note);
    if (ours in elsewhere) expect(error.message).toContain(elsewhere[ours]?.slice(2));
  });

  const elsewhere = FOREIGN_NAMES['webson, of another object'] ?? {};

  test('none is listed twice with different meanings', () => {
    const names = foreign.map(([name]) => name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });
});

describe('names that are nearly ours', () => {
  test.each([
    ['synchronise', 'is synchronize meant?'],
    ['maxMessagesize', 'maxMessageSize is meant'],
    ['max-message-size', 'maxMessageSize is meant'],
    ['MAX_MESSAGE_SIZE', 'maxMessageSize is meant'],
    ['ChunkSize', 'chunkSize is meant'],
    ['EnableStreams', 'enableStreams is meant'],
    ['enableStream', 'is enableStreams meant?'],
    ['orgins', 'is origins meant?'],
    ['oirgins', 'is origins meant?'],
    ['host', 'it is in the URL'],
    ['hots', 'is hosts meant?'],
    ['stall', 'timeout.stall is meant'],
    ['maxPaylod', 'here it is maxMessageSize'],
    ['MaxPayload', 'here it is maxMessageSize'],
    ['max_payload', 'here it is maxMessageSize'],
    ['PingInterval', 'here it is pingInterval; in milliseconds'],
    ['reconnectionAttempts', 'here it is clientRetry; it is an option of Pool'],
    ['hostname', 'here it is host; it is in the URL, or an option of serve'],
  ])('%s: %s', (name, hint) => {
    expect(said(name)).toContain(hint);
  });

  test.each(['x', 'foo', 'something', 'constructor', ''])('%s is nearly nothing: all are listed', (name) => {
    const [, list = ''] = said(name).split(`${name}: no such option, got 5; there are `);
    expect(list.split(', ').filter((known) => !known.includes('.'))).toEqual(Object.keys(all));
    expect(list).toContain('timeout, timeout.handshake, timeout.pong');
  });

  test.each([
    ['maxHandlers', 'the nearest are maxPendingHandlers, maxFragments, maxStreams'],
    ['sendTimeout', 'the nearest are timeout, timeout.handshake, timeout.pong'],
    ['payloadBytes', 'the nearest are maxPayloadSize, maxPendingBytes'],
  ])('%s: %s', (name, hint) => {
    expect(said(name)).toBe(`${name}: no such option, got 5; ${hint}`);
  });

  test('every option of ours is found with one letter left out, doubled, or swapped with the next', () => {
    for (const name of Object.keys(all)) {
      if (name.length < 6) continue;
      const [a, b] = [name.slice(0, 3), name.slice(3)];
      for (const wrong of [a + b.slice(1), a + b[0] + b, `${a}${b[1]}${b[0]}${b.slice(2)}`]) {
        if (wrong !== name) expect(said(wrong), wrong).toContain(name);
      }
    }
  });
});

test('within an option: its name is said in full, and those beside it and around it are looked at', () => {
  const within = { on: BOOLEAN, second: BOOLEAN };
  const around = { first: fieldsOf(within), third: BOOLEAN };
  const hint = (name: string): string => unknownOption('first.', name, true, within, around).message;
  expect(hint('secnod')).toBe('first.secnod: no such option, got true; is first.second meant?');
  expect(hint('third')).toBe('first.third: no such option, got true; third is meant');
  expect(hint('qqqqqq')).toBe('first.qqqqqq: no such option, got true; there are first.on, first.second');
});

test('text is not quoted, as it may be a password', () => {
  expect(said('auth', 'user:password')).toContain('got a string of 13; there is none here: authorize of a server');
});

describe('names that stand for something else in one place', () => {
  const ofServers = (name: string): string => unknownOption('', name, 5, SERVE_KINDS).message;
  const ofClients = (name: string): string => unknownOption('', name, 5, DIAL_KINDS).message;

  test.each([
    ['onConnection', 'there is none here: it is the second argument of serve, and the third of attach'],
    ['auth', 'here it is authorize; it gets the request, and returns data or refuse(status)'],
    [
      'headers',
      'there is none here: those of a refusal are an option of refuse(status), those of pages are up to onRequest',
    ],
    ['origin', 'here it is origins'],
    ['compress', 'here it is enableCompress'],
    ['compression', 'here it is enableCompress'],
    ['enableCompression', 'here it is enableCompress'],
    ['deflate', 'here it is enableCompress'],
    ['heartbeat', 'here it is pingInterval; timeout.pong and timeout.dead'],
    ['heartbeatInterval', 'here it is pingInterval; timeout.pong and timeout.dead'],
    ['keepAlive', 'here it is pingInterval; timeout.pong and timeout.dead'],
    ['keepalive', 'here it is pingInterval; timeout.pong and timeout.dead'],
    ['pingTimeout', 'here it is timeout.pong; what is silent for timeout.dead more'],
    ['maxConnections', 'there is none here: authorize may count server.connections, and return refuse(503)'],
    ['reconnect', 'here it is clientRetry; it is an option of Pool'],
  ])('of a server %s: %s', (name, hint) => {
    expect(ofServers(name)).toContain(`got 5; ${hint}`);
  });

  test.each([
    ['auth', 'here it is extraHeaders; { Authorization } among them, or user:password@ or a query in the URL'],
    ['authorize', 'there is none here: it is an option of serve, attach and takeOver'],
    ['headers', 'here it is extraHeaders'],
    ['retries', 'here it is clientRetry; it is an option of Pool'],
    ['reconnectInterval', 'here it is retryInterval; it is an option of Pool'],
    ['onError', 'there is none here: it is an option of serve and attach, and a method of a connection'],
  ])('of a client %s: %s', (name, hint) => {
    expect(ofClients(name)).toContain(`got 5; ${hint}`);
  });

  test('of a refusal', () => {
    const refusal = (): unknown => refuse(401, { message: 'no' } as object);
    expect(refusal).toThrow(new ConfigError('message: no such option, got a string of 2; here it is body'));
  });

  test('none is an option of its place, and its mark is one', () => {
    const places: Record<string, object> = { 'serve, attach and takeOver': SERVE_KINDS, dial: DIAL_KINDS };
    for (const [place, { mark, names }] of Object.entries(NAMES_OF_PLACES)) {
      const kinds = Object.keys(places[place] ?? { [mark]: 0 });
      expect(kinds).toContain(mark);
      for (const name of Object.keys(names)) expect(kinds).not.toContain(name);
    }
  });

  test('an option of another object, which this one is taken for, is said to be there', () => {
    const elsewhere = { kinds: { timeout: {} }, hint: 'it is an option of another' };
    const hint = (name: string): string => unknownOption('', name, 5, { first: {} }, undefined, elsewhere).message;
    expect(hint('timeout')).toBe('timeout: no such option, got 5; it is an option of another');
    expect(hint('handshakeTimeout')).toContain('here it is timeout.handshake; it is an option of another');
    expect(hint('toString')).toBe('toString: no such option, got 5; there are first');
  });
});

test('a name of any length is cut, and soon told', () => {
  // Compared with every name of ours letter by letter, this would take minutes.
  const message = said('maxMessageSize'.repeat(1_000_000));
  expect(message.length).toBeLessThan(1000);
  expect(message).toMatch(/^(maxMessageSize)+.*…: no such option, got 5; there are /);
});
