import {
  acceptExtensions,
  answerExtensions,
  formatExtensions,
  offerExtensions,
  parseExtensions,
} from '@webson/handshake';
import { describe, expect, test } from 'vitest';
import type { StreamAgreement, StreamSettings } from '../../../src/protocol/contract/stream-agreement.js';
import { streamSupport } from '../../../src/protocol/negotiated/stream-extension.js';

const WINDOWS = { stream: 1000, connection: 5000 };
const OTHERS = { stream: 2000, connection: 9000 };

function offer(settings: StreamSettings): string {
  return formatExtensions(offerExtensions([streamSupport(settings)]));
}

/** What a server makes of an offer: its answer, and what it works with. */
function answer(offered: string, settings: StreamSettings): [string, StreamAgreement | undefined] {
  const agreements = answerExtensions([streamSupport(settings)], parseExtensions(offered));
  const text = formatExtensions(agreements.map(({ extension }) => extension));
  return [text, agreements[0]?.settings as StreamAgreement | undefined];
}

/** What a client makes of an answer. */
function accept(answered: string, settings: StreamSettings): StreamAgreement | undefined {
  const agreements = acceptExtensions([streamSupport(settings)], answered === '' ? [] : parseExtensions(answered));
  return agreements[0]?.settings as StreamAgreement | undefined;
}

test('as it stands in the request', () => {
  expect(offer({ maxStreams: 7, windows: undefined })).toBe('webson-streams; max-streams=7');
  const expected = 'webson-streams; max-streams=32767; window=1000; connection-window=5000';
  expect(offer({ maxStreams: 32_767, windows: WINDOWS })).toBe(expected);
});

test.each([
  [10, 10, 10],
  [10, 3, 3],
  [3, 10, 3],
  [32_767, 1, 1],
])('max-streams: %d offered, %d supported, %d agreed', (client, server, agreed) => {
  const [text, onServer] = answer(offer({ maxStreams: client, windows: undefined }), {
    maxStreams: server,
    windows: undefined,
  });
  expect(text).toBe(`webson-streams; max-streams=${agreed}`);
  expect(onServer).toEqual({ maxStreams: agreed, flow: undefined });
  expect(accept(text, { maxStreams: client, windows: undefined })).toEqual({ maxStreams: agreed, flow: undefined });
});

test('windows of both: each sends what the other allows', () => {
  const client = { maxStreams: 5, windows: WINDOWS };
  const [text, onServer] = answer(offer(client), { maxStreams: 5, windows: OTHERS });
  expect(text).toBe('webson-streams; max-streams=5; window=2000; connection-window=9000');
  expect(onServer?.flow).toMatchObject({ send: WINDOWS, receive: OTHERS });
  expect(accept(text, client)?.flow).toMatchObject({ send: OTHERS, receive: WINDOWS });
});

test.each([
  ['the client', undefined, OTHERS],
  ['the server', WINDOWS, undefined],
  ['both', undefined, undefined],
])('%s without windows: no flow control, on neither side', (_, ofClient, ofServer) => {
  const client = { maxStreams: 5, windows: ofClient };
  const [text, onServer] = answer(offer(client), { maxStreams: 5, windows: ofServer });
  expect(text).toBe('webson-streams; max-streams=5');
  expect([onServer?.flow, accept(text, client)?.flow]).toEqual([undefined, undefined]);
});

test('one window alone is no flow control', () => {
  const settings = { maxStreams: 5, windows: WINDOWS };
  const [text, onServer] = answer('webson-streams; max-streams=5; window=10', settings);
  expect([text, onServer?.flow]).toEqual(['webson-streams; max-streams=5', undefined]);
  expect(accept('webson-streams; max-streams=5; connection-window=10', settings)?.flow).toBeUndefined();
});

test('no answer: no streams', () => {
  expect(accept('', { maxStreams: 5, windows: undefined })).toBeUndefined();
  expect(answer('permessage-deflate', { maxStreams: 5, windows: undefined })).toEqual(['', undefined]);
});

test('of several offers the first counts', () => {
  const offered = 'webson-streams; max-streams=3, webson-streams; max-streams=9';
  expect(answer(offered, { maxStreams: 5, windows: undefined })[0]).toBe('webson-streams; max-streams=3');
});

describe('malformed: a server answers 400, a client fails', () => {
  const settings = { maxStreams: 100, windows: WINDOWS };
  const cases = [
    'webson-streams',
    'webson-streams; window=10; connection-window=10',
    'webson-streams; max-streams',
    'webson-streams; max-streams=0',
    'webson-streams; max-streams=32768',
    'webson-streams; max-streams=99999999999',
    'webson-streams; max-streams=-1',
    'webson-streams; max-streams=1.5',
    'webson-streams; max-streams=05',
    'webson-streams; max-streams=1e1',
    'webson-streams; max-streams=x',
    'webson-streams; max-streams=5; max-streams=5',
    'webson-streams; max-streams=5; window; connection-window=10',
    'webson-streams; max-streams=5; window=0; connection-window=10',
    'webson-streams; max-streams=5; window=2147483648; connection-window=10',
    'webson-streams; max-streams=5; window=10; connection-window=0',
    'webson-streams; max-streams=5; window=10; window=10; connection-window=10',
    'webson-streams; max-streams=5; unknown=1',
    'webson-streams; max-streams=5; unknown',
  ];
  test.each(cases)('%s', (text) => {
    expect(() => answer(text, settings)).toThrow(expect.objectContaining({ code: 'BAD_EXTENSIONS', status: 400 }));
    expect(() => accept(text, settings)).toThrow(expect.objectContaining({ code: 'BAD_EXTENSIONS' }));
  });

  test('an answer beyond what was offered', () => {
    const none = { maxStreams: 5, windows: undefined };
    expect(() => accept('webson-streams; max-streams=6', none)).toThrow('at most 5');
    const windows = 'webson-streams; max-streams=5; window=10; connection-window=10';
    expect(() => accept(windows, none)).toThrow('not offered');
  });
});
