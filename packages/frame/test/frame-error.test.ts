import { expect, test } from 'vitest';
import { FrameError } from '../src/frame-error.js';

test('an Error with a code and a close code', () => {
  const error = new FrameError('RESERVED_BITS', 1002, 'reserved bits');
  expect(error).toBeInstanceOf(Error);
  expect(error).not.toBeInstanceOf(RangeError);
  expect({ name: error.name, code: error.code, closeCode: error.closeCode, message: error.message }).toEqual({
    name: 'FrameError',
    code: 'RESERVED_BITS',
    closeCode: 1002,
    message: 'reserved bits',
  });
  expect(`${error}`).toBe('FrameError: reserved bits');
});
