import { describe, expect, it } from 'vitest';
import { FieldWriter, isHandshakeField, isRefusalField } from '../src/fields.js';

const wrong = (code: string) => expect.objectContaining({ name: 'HeaderError', code });

describe('FieldWriter', () => {
  it('writes fields in order, replacing in place', () => {
    const writer = new FieldWriter('START');
    writer.set('A', '1');
    writer.set('Host', 'x');
    writer.set('B', 'caf\xe9 \t');
    writer.setAll({ HOST: 'y', C: ['1', '2'], c: '3', D: undefined }, () => false);
    expect(String(writer)).toBe('START\r\nA: 1\r\nHOST: y\r\nB: caf\xe9 \t\r\nC: 1\r\nC: 2\r\nc: 3\r\n\r\n');
  });

  it.each([[''], ['a b'], ['a:'], ['a\r\nb'], ['\u0130'], ['a\0']])('refuses the name %j', (name) => {
    expect(() => new FieldWriter('').set(name, 'x')).toThrow(wrong('INVALID_HEADER_NAME'));
  });

  it.each([['a\rb'], ['a\nb'], ['a\r\nb: c'], ['a\0'], ['\x1b'], ['\x7f'], ['\u010a'], ['\u{1f600}'], [5], [{}]])(
    'refuses the value %j',
    (value) => {
      expect(() => new FieldWriter('').set('A', value as string)).toThrow(wrong('INVALID_HEADER_VALUE'));
      expect(() => new FieldWriter('').setAll({ A: [value as string] }, () => false)).toThrow(
        wrong('INVALID_HEADER_VALUE'),
      );
    },
  );

  it('does not tell the value, which may be a secret', () => {
    expect(() => new FieldWriter('').set('A', 'secret\n')).not.toThrow(/secret/);
  });

  it('refuses a number where a caller without types gives one', () => {
    expect(() => new FieldWriter('').setAll({ A: 5 as unknown as string }, () => false)).toThrow(
      wrong('INVALID_HEADER_VALUE'),
    );
  });

  it.each([[{ Host: 'a', host: 'b' }], [{ Origin: ['a', 'b'] }], [{ authorization: ['a', 'b'] }]])(
    'refuses %j: one is the limit',
    (record) => {
      expect(() => new FieldWriter('').setAll(record, () => false)).toThrow(wrong('DUPLICATE_HEADER'));
    },
  );

  it('refuses reserved names in any case', () => {
    expect(() => new FieldWriter('').setAll({ uPgrade: 'x' }, isHandshakeField)).toThrow(wrong('RESERVED_HEADER'));
  });
});

describe('reserved fields', () => {
  it.each([
    ['upgrade', true, false],
    ['connection', true, true],
    ['sec-websocket-key', true, false],
    ['sec-websocket-anything', true, false],
    ['content-length', true, true],
    ['transfer-encoding', true, true],
    ['trailer', true, true],
    ['content-type', false, false],
    ['host', false, false],
    ['webson-max-streams', false, false],
  ])('%s: handshake %s, refusal %s', (name, handshake, refusal) => {
    expect(isHandshakeField(name)).toBe(handshake);
    expect(isRefusalField(name)).toBe(refusal);
  });
});
