import { expect, test } from 'vitest';
import { isControlOpcode, Opcode, STANDARD_OPCODES } from '../src/opcode.js';

test('the opcodes of RFC 6455 §5.2', () => {
  expect(Opcode).toEqual({ Continuation: 0, Text: 1, Binary: 2, Close: 8, Ping: 9, Pong: 10 });
  expect([...STANDARD_OPCODES].sort((a, b) => a - b)).toEqual([0, 1, 2, 8, 9, 10]);
});

test('8 to 15 are control', () => {
  for (let opcode = 0; opcode < 16; opcode++) expect(isControlOpcode(opcode)).toBe(opcode >= 8);
});
