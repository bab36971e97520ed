import { expect, test } from 'vitest';
import { jsonMessage } from '../../src/compress/messages.js';

test('messages are JSON of just that many bytes, others for another seed', () => {
  for (const size of [1024, 10_240, 102_400]) {
    const messages = [1, 2, 3].map((seed) => jsonMessage(size, seed));
    for (const message of messages) {
      expect(Buffer.byteLength(message)).toBe(size);
      expect(JSON.parse(message)).toBeInstanceOf(Array);
    }
    expect(new Set(messages).size).toBe(3);
  }
});
