import { describe, expect, test } from 'vitest';
import {
  buildRequest,
  buildResponse,
  checkResponse,
  createKey,
  HeaderError,
  HeaderMap,
  RequestHeadParser,
  type RequestOptions,
  ResponseHeadParser,
  selectProtocol,
} from '../src/index.js';

const key = createKey();
const request: RequestOptions = { host: 'example.com', path: '/', key };
const head = { status: 101, version: '1.1', reason: '', headers: new HeaderMap() };

const calls: [name: string, call: (more: object) => unknown][] = [
  ['buildRequest', (more) => buildRequest({ ...request, ...more })],
  ['buildResponse', (more) => buildResponse({ key, ...more })],
  ['checkResponse', (more) => checkResponse(head, { key, ...more })],
  ['RequestHeadParser', (more) => new RequestHeadParser(more)],
  ['ResponseHeadParser', (more) => new ResponseHeadParser(more)],
];

describe.each(calls)('%s', (_name, call) => {
  test('refuses an option that does not exist, and says which do', () => {
    const wrong = (): unknown => call({ extraheaders: {} });
    expect(wrong).toThrow(HeaderError);
    expect(wrong).toThrow(/^there is no option "extraheaders"; there are (\w+, )+\w+$/);
    expect(() => call({ constructor: 1 })).toThrow(expect.objectContaining({ code: 'INVALID_OPTIONS' }));
  });

  test('takes one that is undefined as left out', () => {
    expect(() => call({ extraheaders: undefined })).not.toThrow();
  });
});

test('what is no object', () => {
  for (const none of [null, 'text', 5]) {
    expect(() => buildRequest(none as unknown as RequestOptions)).toThrow(
      /^the options are (null|string|number), not an/,
    );
    expect(() => new RequestHeadParser(none as unknown as object)).toThrow(HeaderError);
  }
  expect(() => new RequestHeadParser({ maxBytes: null as unknown as number })).toThrow('maxBytes is null');
});

test('one sub-protocol is one, not its letters', () => {
  expect(buildRequest({ ...request, protocols: 'chat' })).toContain('\r\nSec-WebSocket-Protocol: chat\r\n');
  expect(selectProtocol(['a', 'chat'], 'chat')).toBe('chat');
  expect(selectProtocol(['c', 'h'], 'chat')).toBe('');
  const headers = new HeaderMap([
    ['Upgrade', 'websocket'],
    ['Connection', 'Upgrade'],
    ['Sec-WebSocket-Accept', /Accept: (.*)\r/.exec(buildResponse({ key }))?.[1] ?? ''],
    ['Sec-WebSocket-Protocol', 'chat'],
  ]);
  expect(checkResponse({ ...head, headers }, { key, protocols: 'chat' })).toMatchObject({ ok: true });
  expect(checkResponse({ ...head, headers }, { key, protocols: 'chatter' })).toMatchObject({ ok: false });
});
