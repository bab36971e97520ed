import { expect, test } from '@jest/globals';
import { dial } from 'webson';

test('without TextEncoder the package loads, and says so', async () => {
  expect(typeof TextEncoder).toBe('undefined');
  await expect(dial('ws://127.0.0.1:1/')).rejects.toMatchObject({ name: 'HandshakeError', code: 'NO_TEXT_ENCODING' });
});
