import { expect, test } from 'vitest';
import { DEFAULT_MAX_PAYLOAD_SIZE, headerRulesOf } from '../src/decoder-options.js';

test('what is left out has its default', () => {
  const rules = { masking: 'optional', streams: false, compression: false, opcodes: [], privateMask: undefined };
  expect(headerRulesOf({})).toEqual({ ...rules, maxPayloadSize: DEFAULT_MAX_PAYLOAD_SIZE });
});

test.each<[object, string]>([
  [{ masking: 'no' }, 'masking: one of required, forbidden, optional expected, got no'],
  [{ maxPayloadSize: -1 }, 'maxPayloadSize: an integer from 0 to 9007199254740991 expected, got -1'],
  [{ streams: 1 }, 'streams: boolean expected, got number'],
  [{ privateMask: new Uint8Array(3) }, 'private mask: a positive multiple of 4 bytes expected, got 3'],
])('%j is refused', (options, message) => {
  expect(() => headerRulesOf(options)).toThrow(message);
});
