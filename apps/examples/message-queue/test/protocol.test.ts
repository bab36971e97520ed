import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkTopic, decodeMessage, encodeMessage, MAX_BODY, QueueError } from '../src/protocol.js';

const topics = fc.stringMatching(/^[\w./-]{1,64}$/);

it('takes apart what it has put together', () => {
  fc.assert(
    fc.property(topics, fc.uint8Array(), (topic, body) => {
      const message = decodeMessage(encodeMessage(topic, body));
      expect([message.topic, [...message.body]]).toEqual([topic, [...body]]);
    }),
  );
});

it('is the length of the topic, the topic, the body', () => {
  expect(Buffer.from(encodeMessage('news', 'hé')).toString('latin1')).toBe('\x04newsh\xc3\xa9');
});

it('refuses bytes that are no message, and nothing else happens', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (payload) => {
      try {
        const { topic, body } = decodeMessage(payload);
        expect([...encodeMessage(topic, body)]).toEqual([...payload]);
      } catch (error) {
        expect(error).toBeInstanceOf(QueueError);
      }
    }),
  );
  for (const payload of [[], [0], [0, 65], [3, 65, 66], [1, 32], [1, 0xc3]]) {
    expect(() => decodeMessage(Uint8Array.from(payload))).toThrow(QueueError);
  }
});

it.each(['', ' ', 'a b', 'ä', 'a\n', 'x'.repeat(65)])('refuses %j as a topic', (topic) => {
  expect(() => checkTopic(topic)).toThrow('a topic is 1 to 64 letters, digits and _ . / -');
});

it('refuses a body that is too large', () => {
  expect(encodeMessage('a', new Uint8Array(MAX_BODY))).toHaveLength(2 + MAX_BODY);
  expect(() => encodeMessage('a', new Uint8Array(MAX_BODY + 1))).toThrow('a message has at most 65536 bytes');
});
