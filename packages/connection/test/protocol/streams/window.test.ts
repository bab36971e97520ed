import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ReceiveWindow, SendWindow } from '../../../src/protocol/streams/window.js';
import { propertyTest } from '../../support/property.js';

const TWO_32 = 2 ** 32;

describe('of a sender', () => {
  test('what is sent is taken off, a higher limit adds to it', () => {
    const window = new SendWindow(100);
    window.take(100);
    expect(window.available).toBe(0);
    expect(window.raise(150)).toBe(true);
    expect(window.available).toBe(50);
  });

  test.each([100, 99, 0, TWO_32 - 1, 100 + 2 ** 31])('a limit of %d is not above 100', (limit) => {
    const window = new SendWindow(100);
    expect(window.raise(limit)).toBe(false);
    expect(window.available).toBe(100);
  });

  test('the limit may go as far as 2^31 - 1 beyond', () => {
    const window = new SendWindow(100);
    expect(window.raise(100 + 2 ** 31 - 1)).toBe(true);
    expect(window.available).toBe(100 + 2 ** 31 - 1);
  });

  test('limits go on modulo 2^32', () => {
    const window = new SendWindow(2 ** 31 - 1);
    for (let limit = 2 ** 31 - 1; limit < 3 * TWO_32; limit += 2 ** 30) {
      window.take(window.available);
      expect(window.raise((limit + 2 ** 30) % TWO_32)).toBe(true);
      expect(window.available).toBe(2 ** 30);
      expect(window.raise(limit % TWO_32)).toBe(false);
    }
  });
});

describe('of a receiver', () => {
  test('as much as was allowed, and not a byte more', () => {
    const window = new ReceiveWindow(10);
    expect([window.receive(4), window.receive(6), window.receive(0)]).toEqual([true, true, true]);
    expect([window.unread, window.available]).toEqual([10, 0]);
    expect(window.receive(1)).toBe(false);
  });

  test('grants at half a window, by what was read and not by what came', () => {
    const window = new ReceiveWindow(100);
    window.receive(100);
    expect(window.consume(49)).toBeUndefined();
    expect(window.consume(1)).toBe(150);
    expect([window.unread, window.available]).toEqual([50, 50]);
    expect(window.consume(49)).toBeUndefined();
    expect(window.consume(1)).toBe(200);
  });

  test('a window of one byte', () => {
    const window = new ReceiveWindow(1);
    for (let limit = 2; limit < 10; limit++) {
      expect(window.receive(1)).toBe(true);
      expect(window.consume(1)).toBe(limit);
    }
  });

  test('limits are told modulo 2^32', () => {
    const size = 2 ** 31 - 1;
    const window = new ReceiveWindow(size);
    let limit = size;
    for (let i = 0; i < 6; i++) {
      expect(window.receive(window.available)).toBe(true);
      limit += size;
      expect(window.consume(size)).toBe(limit % TWO_32);
    }
  });
});

propertyTest(
  'a sender that keeps to it is never refused, and never stuck once all is read',
  500,
  fc.property(
    fc.integer({ min: 1, max: 2 ** 31 - 1 }),
    fc.array(fc.record({ part: fc.double({ min: 0, max: 1, noNaN: true }), isRead: fc.boolean() }), { maxLength: 60 }),
    (size, steps) => {
      const send = new SendWindow(size);
      const receive = new ReceiveWindow(size);
      const read = (bytes: number): void => {
        const limit = receive.consume(bytes);
        if (limit !== undefined) expect(send.raise(limit)).toBe(true);
      };
      for (const { part, isRead } of steps) {
        if (isRead) {
          read(Math.floor(receive.unread * part));
        } else {
          const bytes = Math.floor(send.available * part);
          send.take(bytes);
          expect(receive.receive(bytes)).toBe(true);
          expect(receive.unread).toBeLessThanOrEqual(size);
        }
      }
      read(receive.unread);
      expect(send.available).toBeGreaterThan(0);
      expect(send.available).toBeGreaterThanOrEqual(size / 2);
      expect(receive.available).toBe(send.available);
    },
  ),
);
