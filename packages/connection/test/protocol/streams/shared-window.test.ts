import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { MessageInProgress } from '../../../src/protocol/inbound/message-table.js';
import { WindowedFlow } from '../../../src/protocol/inbound/windowed-flow.js';
import { SharedWindow } from '../../../src/protocol/streams/shared-window.js';
import { propertyTest } from '../../support/property.js';

const [one, two] = [{}, {}];

test('before a message is preferred all is for all', () => {
  const window = new SharedWindow(100);
  window.take(40);
  window.forget(one);
  expect([window.free, window.availableTo(one)]).toEqual([60, 60]);
});

test('the last bytes, half a window at most, are for messages that are preferred', () => {
  const window = new SharedWindow(100);
  window.take(20);
  window.prefer(one);
  expect([window.free, window.availableTo(one), window.availableTo(two)]).toEqual([30, 80, 30]);
  window.take(60);
  expect([window.free, window.availableTo(one), window.availableTo(two)]).toEqual([0, 20, 0]);
  window.prefer(two);
  expect([window.free, window.availableTo(one), window.availableTo(two)]).toEqual([0, 20, 20]);
  window.forget(two);
  expect([window.free, window.availableTo(one), window.availableTo(two)]).toEqual([0, 20, 0]);
});

test('a limit that is raised ends that, and a repeated one does not', () => {
  const window = new SharedWindow(100);
  window.take(90);
  window.prefer(one);
  expect(window.raise(100)).toBe(false);
  expect([window.free, window.availableTo(one)]).toEqual([0, 10]);
  expect(window.raise(101)).toBe(true);
  expect([window.free, window.availableTo(one)]).toEqual([11, 11]);
});

test('no more than 256 KiB of a large window, and one byte of the smallest', () => {
  const large = new SharedWindow(4 << 20);
  large.prefer(one);
  expect(large.free).toBe((4 << 20) - (256 << 10));
  const small = new SharedWindow(1);
  small.prefer(one);
  expect([small.free, small.availableTo(one)]).toEqual([0, 1]);
});

interface Sending {
  readonly message: MessageInProgress;
  unread: number;
}

function open(flow: WindowedFlow, streamId: number): Sending {
  const message: MessageInProgress = {
    type: 2,
    streamId,
    isCompressed: false,
    openNumber: streamId,
    fragments: 1,
    announced: 0,
    payload: undefined,
    body: undefined,
    window: flow.open(),
    utf8: undefined,
    isAscii: true,
    isStale: false,
  };
  return { message, unread: 0 };
}

propertyTest(
  'a message that is waited for can go on, and any other once nothing is unread, whatever was before',
  300,
  fc.property(
    fc.integer({ min: 1, max: 40 }),
    fc.integer({ min: 1, max: 40 }),
    fc.array(
      fc.record({
        what: fc.constantFrom('send', 'send', 'send', 'starve', 'feast', 'read', 'read', 'tell'),
        index: fc.nat(7),
        part: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      { maxLength: 200 },
    ),
    (size, stream, steps) => {
      // What one message may have unread, and all of them, never comes to sixteen windows.
      const perMessage = Math.min(stream, Math.max(1, Math.floor(size / 2)));
      const flow = new WindowedFlow({ stream: perMessage, connection: size }, { onGrant() {}, onUnread() {} });
      const window = new SharedWindow(size);
      const all = Array.from({ length: 8 }, (_, i) => open(flow, i + 1));
      const starving = new Set<Sending>();
      const tell = (): void => {
        const limits = new Map<number, number>();
        for (const { streamId, value } of flow.take()) {
          if (streamId === 0) window.raise(value);
          // A limit of a stream that is below the one it has is never told: what is not new is a wish.
          else if (limits.get(streamId) === value || told[streamId] === value)
            window.prefer(all[streamId - 1]!.message);
          else told[streamId] = value;
          limits.set(streamId, value);
        }
      };
      const told: number[] = all.map(() => perMessage);
      told.push(perMessage);
      const send = (sending: Sending, most: number): number => {
        const { message } = sending;
        const bytes = Math.min(most, window.availableTo(message), message.window!.available);
        window.take(bytes);
        if (bytes === 0) return 0;
        sending.unread += bytes;
        if (starving.delete(sending)) flow.starve(message, false);
        flow.announce(message.window, bytes);
        return bytes;
      };
      const read = (sending: Sending, bytes: number): void => {
        sending.unread -= bytes;
        if (bytes > 0) flow.release(sending.message, bytes);
      };
      for (const { what, index, part } of steps) {
        const sending = all[index]!;
        if (what === 'send') send(sending, Math.ceil(part * perMessage));
        else if (what === 'tell') tell();
        else if (what === 'read') read(sending, Math.ceil(part * sending.unread));
        else if (what === 'feast' && starving.delete(sending)) flow.starve(sending.message, false);
        else if (what === 'starve' && sending.unread === 0 && !starving.has(sending)) {
          starving.add(sending);
          flow.starve(sending.message, true);
        }
      }
      tell();
      for (const sending of [...starving]) {
        expect(send(sending, 1)).toBe(1);
        tell();
      }
      for (const sending of all) read(sending, sending.unread);
      tell();
      expect(window.free).toBeGreaterThan(0);
    },
  ),
);
