import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  checkRequest,
  checkResponse,
  computeAccept,
  HeaderMap,
  RequestHeadParser,
  ResponseHeadParser,
} from '../src/index.js';

interface Message {
  hex: string;
  startLine: string;
  headers: Record<string, string>;
}
interface Vector {
  id: string;
  magic: string;
  request: Message;
  response: Message;
  key: string;
  accept: string;
  acceptIsSha1OfKeyAndMagic: boolean;
  negotiated: { streams: number | null; deflate: boolean };
}
const file = new URL('./data/handshake.json', import.meta.url);
const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: Vector[] };

/** A capture has its headers under one spelling; the maps compare without regard to case. */
const expectHeaders = (headers: HeaderMap, captured: Record<string, string>): void => {
  const wanted = HeaderMap.fromRecord(captured);
  expect(headers.size).toBe(wanted.size);
  for (const [name, value] of wanted) expect(headers.get(name)).toBe(value);
};

describe('handshakes captured from the Go kit', () => {
  it('are all there', () => {
    expect(vectors).toHaveLength(17);
    expect(vectors.every(({ acceptIsSha1OfKeyAndMagic }) => acceptIsSha1OfKeyAndMagic)).toBe(true);
    expect(vectors.filter(({ magic }) => !magic.startsWith('258EAFA5'))).not.toHaveLength(0);
  });

  it.each(vectors.map((vector) => [vector.id, vector] as const))('%s', (_, vector) => {
    const requestParser = new RequestHeadParser();
    const request = requestParser.push(Buffer.from(vector.request.hex, 'hex'));
    if (request === undefined) throw new Error('incomplete request');
    expect(requestParser.rest).toHaveLength(0);
    expect(`${request.method} ${request.target} HTTP/${request.version}`).toBe(vector.request.startLine);
    expectHeaders(request.headers, vector.request.headers);
    const offer = checkRequest(request);
    if (!offer.ok) throw new Error(offer.reason);
    expect(offer.key).toBe(vector.key);
    expect(offer.protocols).toEqual([]);

    expect(computeAccept(vector.key, vector.magic)).toBe(vector.accept);
    expect(computeAccept(vector.key, Buffer.from(vector.magic))).toBe(vector.accept);

    const responseParser = new ResponseHeadParser();
    const bytes = Buffer.from(vector.response.hex, 'hex');
    const early = [...bytes.subarray(0, -1)].map((byte) => responseParser.push(Uint8Array.of(byte)));
    expect(early.every((head) => head === undefined)).toBe(true);
    const response = responseParser.push(bytes.subarray(-1));
    if (response === undefined) throw new Error('incomplete response');
    expect(`HTTP/${response.version} ${response.status} ${response.reason}`).toBe(vector.response.startLine);
    expectHeaders(response.headers, vector.response.headers);
    const expected = { key: vector.key, magicKey: vector.magic, offeredExtensions: offer.extensions };
    const result = checkResponse(response, expected);
    if (!result.ok) throw result.failure;
    expect(result.negotiated.extensions.map(({ name }) => name)).toEqual(
      vector.negotiated.deflate ? ['permessage-deflate'] : [],
    );
    const streams = response.headers.get('webson-max-streams');
    expect(streams === undefined ? null : Number(streams)).toBe(vector.negotiated.streams);

    // The same answer is refused by a client with another magic key.
    const other = checkResponse(response, { ...expected, magicKey: `${vector.magic}x` });
    expect(other).toMatchObject({ ok: false, failure: { code: 'BAD_ACCEPT' } });
  });
});
