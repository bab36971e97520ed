import type { Extension } from '@webson/handshake';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  answerDeflate,
  CompressAnswerError,
  type CompressOptions,
  checkDeflateAnswer,
  type DeflateAgreement,
  offerDeflate,
  resolveCompressOptions,
  withoutContextTakeover,
} from '../src/index.js';
import { thrownBy } from './samples.js';

/** Reads what this package writes and what the tables below hold; the real parser is in the handshake package. */
function parse(header: string): Extension[] {
  if (header === '') return [];
  return header.split(', ').map((text) => {
    const [name = '', ...params] = text.split('; ');
    return {
      name,
      params: params.map((param) => {
        const [key = '', value] = param.split('=');
        return { name: key, value: value ?? (true as const) };
      }),
    };
  });
}

function format(list: readonly Extension[]): string {
  return list
    .map(({ name, params }) =>
      [name, ...params.map((param) => (param.value === true ? param.name : `${param.name}=${param.value}`))].join('; '),
    )
    .join(', ');
}

const P = 'permessage-deflate';
const S = 'server_no_context_takeover';
const C = 'client_no_context_takeover';
const SB = 'server_max_window_bits';
const CB = 'client_max_window_bits';

function agreed(s: boolean, c: boolean, sb: number, cb: number): DeflateAgreement {
  return { serverNoContextTakeover: s, clientNoContextTakeover: c, serverMaxWindowBits: sb, clientMaxWindowBits: cb };
}

describe('offerDeflate', () => {
  test.each<[CompressOptions, string]>([
    [{}, `${P}; ${S}; ${C}; ${CB}`],
    [{ contextTakeover: true }, `${P}; ${CB}`],
    [{ contextTakeover: { client: true } }, `${P}; ${S}; ${CB}`],
    [{ contextTakeover: { server: true } }, `${P}; ${C}; ${CB}`],
    [{ windowBits: { client: 10 } }, `${P}; ${S}; ${C}; ${CB}=10, ${P}; ${S}; ${C}; ${CB}`],
    [{ windowBits: 9 }, `${P}; ${S}; ${C}; ${SB}=9; ${CB}=9, ${P}; ${S}; ${C}; ${CB}`],
    [{ windowBits: { server: 8 }, contextTakeover: true }, `${P}; ${SB}=8; ${CB}, ${P}; ${CB}`],
  ])('%o', (options, header) => {
    expect(format(offerDeflate(resolveCompressOptions(options)))).toBe(header);
  });
});

describe('answerDeflate', () => {
  const takeover: CompressOptions = { contextTakeover: true };

  test.each<[string, CompressOptions, string, DeflateAgreement]>([
    // What the Go kit offers, and the only answer it understands (go-wire.md, H12).
    [`${P}; ${S}; ${C}`, {}, `${P}; ${S}; ${C}`, agreed(true, true, 15, 15)],
    [P, {}, `${P}; ${S}; ${C}`, agreed(true, true, 15, 15)],
    [`${P}; ${CB}`, {}, `${P}; ${S}; ${C}`, agreed(true, true, 15, 15)],
    [`${P}; ${CB}=15`, {}, `${P}; ${S}; ${C}`, agreed(true, true, 15, 15)],
    [P, takeover, P, agreed(false, false, 15, 15)],
    [`${P}; ${S}`, takeover, `${P}; ${S}`, agreed(true, false, 15, 15)],
    [`${P}; ${C}`, takeover, `${P}; ${C}`, agreed(false, true, 15, 15)],
    [P, { contextTakeover: { client: true } }, `${P}; ${S}`, agreed(true, false, 15, 15)],
    [P, { contextTakeover: { server: true } }, `${P}; ${C}`, agreed(false, true, 15, 15)],
    // Window of the server: asked for, asked for as no limit, limited unasked.
    [`${P}; ${SB}=10`, takeover, `${P}; ${SB}=10`, agreed(false, false, 10, 15)],
    [`${P}; ${SB}=8`, takeover, `${P}; ${SB}=8`, agreed(false, false, 8, 15)],
    [`${P}; ${SB}=15`, takeover, `${P}; ${SB}=15`, agreed(false, false, 15, 15)],
    [`${P}; ${SB}=12`, { ...takeover, windowBits: 9 }, `${P}; ${SB}=9`, agreed(false, false, 9, 15)],
    [P, { ...takeover, windowBits: 9 }, `${P}; ${SB}=9`, agreed(false, false, 9, 15)],
    // Window of the client: limited only where it allows it.
    [`${P}; ${CB}`, { ...takeover, windowBits: { client: 9 } }, `${P}; ${CB}=9`, agreed(false, false, 15, 9)],
    [`${P}; ${CB}=12`, { ...takeover, windowBits: { client: 9 } }, `${P}; ${CB}=9`, agreed(false, false, 15, 9)],
    [`${P}; ${CB}=9`, { ...takeover, windowBits: { client: 12 } }, `${P}; ${CB}=9`, agreed(false, false, 15, 9)],
    [`${P}; ${CB}=8`, takeover, `${P}; ${CB}=8`, agreed(false, false, 15, 8)],
    // Fallbacks: what is malformed, repeated or unknown is passed over, also in the middle.
    [`${P}; ${SB}=16, ${P}; ${SB}=9`, takeover, `${P}; ${SB}=9`, agreed(false, false, 9, 15)],
    [
      `x-webkit-deflate-frame, ${P}; foo, ${P}; ${S}; ${S}, ${P}; ${S}=1, ${P}`,
      takeover,
      P,
      agreed(false, false, 15, 15),
    ],
    [`${P}; ${SB}=10, ${P}`, takeover, `${P}; ${SB}=10`, agreed(false, false, 10, 15)],
  ])('%s with %o', (header, options, answer, agreement) => {
    const result = answerDeflate(parse(header), resolveCompressOptions(options));
    expect(result && format([result.extension])).toBe(answer);
    expect(result?.agreement).toEqual(agreement);
  });

  test.each([
    '',
    'webson-streams; max-streams=4',
    'x-not-permessage-deflate-at-all',
    'Permessage-Deflate',
    `${P}; ${SB}`,
    `${P}; ${SB}=7`,
    `${P}; ${SB}=16`,
    `${P}; ${SB}=09`,
    `${P}; ${CB}=`,
    `${P}; ${CB}=1000000000000000000000`,
    `${P}; ${S}; ${S}`,
    `${P}; ${CB}; ${CB}=9`,
    `${P}; unknown, ${P}; ${C}=yes`,
  ])('declines %s', (header) => {
    expect(answerDeflate(parse(header), resolveCompressOptions())).toBeUndefined();
  });
});

describe('checkDeflateAnswer', () => {
  const takeover: CompressOptions = { contextTakeover: true };

  test.each<[CompressOptions, string, DeflateAgreement]>([
    // What the Go kit always answers.
    [{}, `${P}; ${S}; ${C}`, agreed(true, true, 15, 15)],
    [{ windowBits: { server: 9 } }, `${P}; ${S}; ${C}`, agreed(true, true, 15, 15)],
    // The client's own wish holds for what it sends, whether echoed or not.
    [{}, `${P}; ${S}`, agreed(true, true, 15, 15)],
    [{ windowBits: { client: 9 } }, `${P}; ${S}`, agreed(true, true, 15, 9)],
    [takeover, P, agreed(false, false, 15, 15)],
    [takeover, `${P}; ${S}; ${C}`, agreed(true, true, 15, 15)],
    [takeover, `${P}; ${SB}=9; ${CB}=10`, agreed(false, false, 9, 10)],
    [{ ...takeover, windowBits: { client: 10 } }, `${P}; ${CB}=10`, agreed(false, false, 15, 10)],
    [{ ...takeover, windowBits: { client: 10 } }, `${P}; ${CB}=8`, agreed(false, false, 15, 8)],
    // The second offer was taken: the client keeps to its own wish all the same.
    [{ ...takeover, windowBits: { client: 10 } }, `${P}; ${CB}=11`, agreed(false, false, 15, 10)],
    [{ ...takeover, windowBits: { server: 10 } }, `${P}; ${SB}=10`, agreed(false, false, 10, 15)],
    [{ ...takeover, windowBits: { server: 10 } }, `${P}; ${SB}=8`, agreed(false, false, 8, 15)],
    // The second offer was taken: it does not limit the server, which still limits itself a little.
    [{ ...takeover, windowBits: { server: 10 } }, `${P}; ${SB}=12`, agreed(false, false, 12, 15)],
    [takeover, `webson-streams; max-streams=4, ${P}`, agreed(false, false, 15, 15)],
  ])('%o answered %s', (options, answer, agreement) => {
    const resolved = resolveCompressOptions(options);
    expect(checkDeflateAnswer(parse(answer), offerDeflate(resolved), resolved)).toEqual(agreement);
  });

  test('declined', () => {
    const options = resolveCompressOptions();
    expect(checkDeflateAnswer([], offerDeflate(options), options)).toBeUndefined();
    expect(checkDeflateAnswer(parse('webson-streams'), offerDeflate(options), options)).toBeUndefined();
    expect(checkDeflateAnswer([], [], options)).toBeUndefined();
  });

  test.each<[CompressOptions | undefined, string, string]>([
    [undefined, P, 'ANSWER_NOT_OFFERED'],
    [takeover, `${P}, ${P}`, 'ANSWER_REPEATED'],
    [takeover, `${P}; foo`, 'ANSWER_MALFORMED'],
    [takeover, `${P}; ${CB}`, 'ANSWER_MALFORMED'],
    [takeover, `${P}; ${SB}`, 'ANSWER_MALFORMED'],
    [takeover, `${P}; ${SB}=16`, 'ANSWER_MALFORMED'],
    [takeover, `${P}; ${SB}=08`, 'ANSWER_MALFORMED'],
    [takeover, `${P}; ${CB}=7`, 'ANSWER_MALFORMED'],
    [takeover, `${P}; ${S}; ${S}`, 'ANSWER_MALFORMED'],
    [takeover, `${P}; ${S}=1`, 'ANSWER_MALFORMED'],
    [{}, P, 'ANSWER_UNACCEPTABLE'],
    [{}, `${P}; ${C}`, 'ANSWER_UNACCEPTABLE'],
  ])('%o answered %s fails', (options, answer, code) => {
    const resolved = resolveCompressOptions(options);
    const offers = options === undefined ? [] : offerDeflate(resolved);
    const error = thrownBy(() => checkDeflateAnswer(parse(answer), offers, resolved));
    expect(error).toBeInstanceOf(CompressAnswerError);
    expect(error).toMatchObject({ code });
  });

  test.each([
    [`${P}; ${SB}=10`, P],
    [`${P}; ${SB}=10`, `${P}; ${SB}=11`],
    [P, `${P}; ${CB}=10`],
  ])('the offer %s does not allow %s', (offer, answer) => {
    const check = () => checkDeflateAnswer(parse(answer), parse(offer), resolveCompressOptions(takeover));
    expect(thrownBy(check)).toMatchObject({ code: 'ANSWER_UNACCEPTABLE' });
  });
});

describe('both together', () => {
  const bits = fc.integer({ min: 8, max: 15 });
  const options = fc
    .record({
      windowBits: fc.record({ client: bits, server: bits }),
      contextTakeover: fc.record({ client: fc.boolean(), server: fc.boolean() }),
    })
    .map(resolveCompressOptions);

  test('any client agrees with any server', () => {
    fc.assert(
      fc.property(options, options, (client, server) => {
        const offers = offerDeflate(client);
        const answer = answerDeflate(offers, server);
        expect(answer).toBeDefined();
        if (answer === undefined) return;
        const agreement = checkDeflateAnswer([answer.extension], offers, client);
        expect(agreement).toEqual(answer.agreement);
        expect(agreement).toEqual(
          agreed(
            !(client.serverContextTakeover && server.serverContextTakeover),
            !(client.clientContextTakeover && server.clientContextTakeover),
            Math.min(client.serverWindowBits, server.serverWindowBits),
            Math.min(client.clientWindowBits, server.clientWindowBits),
          ),
        );
      }),
    );
  });

  test('one side without takeover is enough for streams', () => {
    fc.assert(
      fc.property(options, options, (client, server) => {
        for (const [c, s] of [
          [withoutContextTakeover(client), server],
          [client, withoutContextTakeover(server)],
        ] as const) {
          expect(answerDeflate(offerDeflate(c), s)?.agreement).toMatchObject({
            serverNoContextTakeover: true,
            clientNoContextTakeover: true,
          });
        }
      }),
    );
  });

  test('any parameters give an answer that fits the offer, or none', () => {
    const name = fc.oneof(fc.constantFrom(S, C, SB, CB), fc.string());
    const value = fc.oneof(fc.constant(true as const), fc.integer({ min: 6, max: 17 }).map(String), fc.string());
    const extension = fc.record({
      name: fc.constant(P),
      params: fc.array(fc.record({ name, value }), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.array(extension, { maxLength: 4 }), options, (offers, server) => {
        const answer = answerDeflate(offers, server);
        if (answer === undefined) return;
        const client = resolveCompressOptions({ contextTakeover: true });
        expect(checkDeflateAnswer([answer.extension], offers, client)).toEqual(answer.agreement);
      }),
    );
  });
});
