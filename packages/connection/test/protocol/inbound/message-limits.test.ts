import { expect, test } from 'vitest';
import { nodePlatform } from '../../../src/node/platform.js';
import { MessageTooLargeError } from '../../../src/protocol/contract/errors.js';
import { checkSize, MessageLimits } from '../../../src/protocol/inbound/message-limits.js';
import type { MessageInProgress } from '../../../src/protocol/inbound/message-table.js';
import { PayloadBuffer } from '../../../src/protocol/inbound/payload-buffer.js';

const OPTIONS = { triggerOnStart: false, maxMessageSize: 1000, maxFragments: 3, maxStreams: 2 };

function message(isAssembled = true, isCompressed = false): MessageInProgress {
  return {
    type: 2,
    streamId: 1,
    isCompressed,
    openNumber: 1,
    fragments: 1,
    announced: 0,
    payload: isAssembled ? new PayloadBuffer(nodePlatform, 0) : undefined,
    body: undefined,
    window: undefined,
    utf8: undefined,
    isAscii: true,
    isStale: false,
  };
}

test('the size of a message: that of its content, and a little more while it is compressed', () => {
  for (const [isCompressed, most] of [[false, 1000] as const, [true, 1068] as const]) {
    expect(() => checkSize(most, isCompressed, 1000)).not.toThrow();
    expect(() => checkSize(most + 1, isCompressed, 1000)).toThrow(MessageTooLargeError);
  }
});

test('messages that are assembled share the limit until they have ended', () => {
  const limits = new MessageLimits(OPTIONS);
  const [one, other] = [message(), message()];
  limits.announce(one, 600);
  expect(() => limits.announce(other, 401)).toThrow(MessageTooLargeError);
  limits.release(other);
  limits.release(one);
  limits.announce(message(), 1000);
});

test('a message that is read as it arrives has any size, unless it is compressed', () => {
  const limits = new MessageLimits(OPTIONS);
  limits.announce(message(false), 1e9);
  expect(() => limits.announce(message(false, true), 1069)).toThrow(MessageTooLargeError);
});

test('frames of a message: one more for each KiB of one that is read as it arrives', () => {
  const limits = new MessageLimits({ ...OPTIONS, maxMessageSize: 1e6 });
  const tooMany = expect.objectContaining({ code: 'TOO_MANY_FRAGMENTS', closeCode: 1008 });
  limits.announce({ ...message(), fragments: 3 }, 2048);
  expect(() => limits.announce({ ...message(), fragments: 4 }, 2048)).toThrow(tooMany);
  limits.announce({ ...message(false), fragments: 5 }, 2048);
  expect(() => limits.announce({ ...message(false), fragments: 5 }, 2047)).toThrow(tooMany);
});

test('cancelled messages between two ticks: 1000 and maxStreams', () => {
  const limits = new MessageLimits(OPTIONS);
  for (let turn = 0; turn < 2; turn++) {
    for (let i = 0; i < 1002; i++) limits.cancel();
    if (turn === 0) limits.tick();
  }
  expect(() => limits.cancel()).toThrow(expect.objectContaining({ code: 'TOO_MANY_CANCELS', closeCode: 1008 }));
});
