import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChunkedDecoder } from '../../../src/node/client/chunked-decoder.js';
import { propertyTest } from '../../support/property.js';

function decode(text: string, pieceLength = text.length): { text: string; isDone: boolean } {
  const decoder = new ChunkedDecoder();
  const parts: Uint8Array[] = [];
  for (let at = 0; at < text.length; at += pieceLength) {
    parts.push(...decoder.push(Buffer.from(text.slice(at, at + pieceLength), 'latin1')));
  }
  return { text: Buffer.concat(parts).toString('latin1'), isDone: decoder.isDone };
}

describe('ChunkedDecoder', () => {
  it('takes chunks apart, however they come', () => {
    const wire = '5\r\nhello\r\n6;name="value"\r\n world\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n';
    for (let length = 1; length <= wire.length; length++) {
      expect(decode(wire, length)).toEqual({ text: 'hello world0123456789', isDone: true });
    }
  });

  it('is not done before the last chunk', () => {
    expect(decode('5\r\nhel')).toEqual({ text: 'hel', isDone: false });
    expect(decode('5\r\nhello\r\n')).toEqual({ text: 'hello', isDone: false });
    expect(decode('')).toEqual({ text: '', isDone: false });
  });

  it.each(['x\r\nhello', '-1\r\nhello', '123456789\r\nhello', `${'0'.repeat(300)}`])(
    'ends at what is malformed',
    (wire) => {
      expect(decode(`2\r\nok\r\n${wire}`)).toEqual({ text: 'ok', isDone: true });
    },
  );

  propertyTest(
    'never throws, and gives no more than it got',
    300,
    fc.property(fc.string({ unit: fc.constantFrom(...'0123afx;\r\n') }), fc.integer({ min: 1, max: 9 }), (wire, n) => {
      expect(decode(wire, n)).toEqual(decode(wire));
      expect(decode(wire).text.length).toBeLessThanOrEqual(wire.length);
    }),
  );
});
