import { describe, expect, it } from 'vitest';
import type { WebsonErrorCode } from '../../src/protocol/contract/error-code.js';
import { MessageTooLargeError, ProtocolError } from '../../src/protocol/contract/errors.js';
import type { SharedSettings } from '../../src/protocol/contract/shared-settings.js';
import { blamed as blamedBy, explained as explainedBy } from '../../src/protocol/mismatch.js';
import { QUESTIONS } from '../../src/protocol/questions.js';

const { leftAtOnce } = QUESTIONS;
const explained = (error: ProtocolError, settings: SharedSettings) => explainedBy(error, settings, QUESTIONS);
const blamed = (code: number, reason: string, settings: SharedSettings) => blamedBy(code, reason, settings, QUESTIONS);

const privateMask = new Uint8Array(8);
const client: SharedSettings = { isClient: true };
const server: SharedSettings = { isClient: false };

describe('explained', () => {
  const cases: [WebsonErrorCode, SharedSettings, RegExp | undefined][] = [
    ['UTF8_INVALID', server, undefined],
    ['UTF8_INVALID', { ...server, privateMask }, /same privateMask/],
    ['INFLATE_CORRUPT', { ...server, privateMask }, /same privateMask/],
    ['RESERVED_BITS', { ...server, privateMask }, undefined],
    // What a server sends is not masked, unless that is agreed.
    ['UTF8_INVALID', { ...client, privateMask }, undefined],
    ['UTF8_INVALID', { ...client, privateMask, alwaysMask: true }, /same privateMask/],
    ['MASK_FORBIDDEN', client, /same alwaysMask/],
    ['MASK_REQUIRED', { ...client, alwaysMask: true }, /same alwaysMask/],
    ['MASK_REQUIRED', server, undefined],
    ['RESERVED_OPCODE', client, /a handler for this type/],
    // Frames that repeat their opcode: whatever mask there is, the header is not under it.
    ['MESSAGE_OPEN', server, /dialect: 'go' missing/],
    ['MESSAGE_OPEN', { ...server, privateMask }, /dialect: 'go' missing/],
    ['MESSAGE_OPEN', { ...client, privateMask, alwaysMask: true }, /dialect: 'go' missing/],
    ['MESSAGE_OPEN', { ...server, go: {} }, /reader of a DispatchReader/],
    // A stream id is.
    ['MESSAGE_OPEN', { ...server, streams: {} }, undefined],
    ['MESSAGE_OPEN', { ...server, privateMask, streams: {} }, /same privateMask/],
    ['STREAM_ID_INVALID', { ...server, privateMask, streams: {} }, /same privateMask/],
    ['STREAM_ID_INVALID', { ...server, privateMask, streams: {}, go: {} }, /same privateMask/],
    ['NO_MESSAGE', { ...server, privateMask }, undefined],
    ['NO_MESSAGE', { ...server, privateMask, streams: {} }, /same privateMask/],
    ['UTF8_INVALID', { ...server, privateMask, go: {} }, /same privateMask/],
  ];
  it.each(cases)('%s at %j', (code, settings, question) => {
    const error = new ProtocolError(code, 1002, 'what is wrong');
    const result = explained(error, settings);
    if (question === undefined) {
      expect(result).toBe(error);
      return;
    }
    expect(result).toMatchObject({ name: 'ProtocolError', code, closeCode: 1002, cause: error });
    expect(result.message).toMatch(/^what is wrong; /);
    expect(result.message).toMatch(question);
  });

  it('leaves the class of an error that no mismatch explains', () => {
    const error = new MessageTooLargeError('too large');
    expect(explained(error, { ...server, privateMask })).toBe(error);
  });
});

describe('blamed', () => {
  it('asks for what was to be agreed on, and nothing else', () => {
    expect(blamed(1007, 'x', { ...client, privateMask })?.message).toMatch(/1007 \("x"\); .*same privateMask\?$/);
    expect(blamed(1002, '', { ...server, alwaysMask: true })?.message).toMatch(/with 1002; .*same alwaysMask\?$/);
    expect(blamed(1002, '', { ...client, opcodes: [3] })?.message).toMatch(/handler for this type/);
    expect(blamed(1007, '', { ...client, opcodes: [3] })).toBeUndefined();
    expect(blamed(1007, '', { ...server, privateMask })).toBeUndefined();
    expect(blamed(1002, '', client)).toBeUndefined();
  });

  it('asks for the dialect where the peer says what only another would', () => {
    const repeated = 'a new message before the last one ended';
    const fin = 'unrecognized fin or continue';
    expect(blamed(1002, repeated, { ...client, go: {}, privateMask })?.message).toMatch(/; is dialect: 'go' wrong/);
    expect(blamed(1002, repeated, { ...client, go: {}, streams: {} })).toBeUndefined();
    expect(blamed(1002, '', { ...server, go: {} })?.message).toMatch(/; is dialect: 'go' wrong/);
    expect(blamed(1007, '', { ...server, go: {} })).toBeUndefined();
    expect(blamed(1002, fin, { ...client, privateMask })?.message).toMatch(/; is the peer .* 'go' missing here\?$/);
    expect(blamed(1002, fin, { ...client, go: {} })).toBeUndefined();
    expect(blamed(1002, 'opcode 0x3 is reserved', { ...client, go: {}, opcodes: [3] })?.message).toMatch(
      /; have both ends a handler for this type[^?]*\?$/,
    );
  });

  it('asks nothing where the code says it all', () => {
    for (const code of [1000, 1001, 1005, 1009, 1011]) {
      expect(blamed(code, '', { ...client, privateMask, opcodes: [3] })).toBeUndefined();
    }
  });
});

describe('leftAtOnce', () => {
  it('is about servers with a magic key', () => {
    expect(leftAtOnce({ ...server, hasMagicKey: true })).toMatchObject({ code: 'PEER_LEFT' });
    const cause = new Error('reset');
    expect(leftAtOnce({ ...server, hasMagicKey: true }, cause)).toMatchObject({ code: 'PEER_LEFT', cause });
    expect(leftAtOnce({ ...client, hasMagicKey: true })).toBeUndefined();
    expect(leftAtOnce(server)).toBeUndefined();
  });
});
