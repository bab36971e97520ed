import { encodeClosePayload, encodeFrame, Opcode } from '@webson/frame';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import type { CarrierEnd, CarrierSink, MessageCarrier } from '../../src/inner/message-carrier.js';
import { encodeParameters } from '../../src/inner/parameters.js';
import { InnerTransport, MESSAGE_SIZE } from '../../src/inner/transport.js';
import { wholeFrame } from '../../src/inner/whole-frame.js';
import { turns } from '../support/turns.js';

/** What the transport tells when the carrier has ended: the bytes, and the code of the error. It is also told what was sent. */
async function endOf(
  end: CarrierEnd | undefined,
  messages: readonly (Uint8Array | string)[] = [],
  sent: unknown[] = [],
): Promise<unknown[]> {
  let sink: CarrierSink | undefined;
  const carrier: MessageCarrier = {
    start: (given) => {
      sink = given;
    },
    send: (message) => {
      sent.push([...(message as Uint8Array)]);
      return true;
    },
    pause: () => {},
    resume: () => {},
    close: (code, reason) => void sent.push(`${code} ${reason}`),
    destroy: () => {},
  };
  const transport = new InnerTransport(carrier, 'a');
  sink?.onMessage(encodeParameters('b'));
  await transport.peerParameters;
  const told: unknown[] = [];
  transport.start({
    onData: (chunk) => void told.push([...chunk]),
    onDrain: () => {},
    onEnd: () => void told.push('end'),
    onClose: (error) => void told.push((error as { code?: string } | undefined)?.code ?? 'closed'),
  });
  await turns(2);
  for (const message of messages) sink?.onMessage(message);
  if (end !== undefined) sink?.onClose(end);
  await turns(2);
  return told;
}

const closeFrame = (code?: number, reason?: string): number[] => {
  return [...encodeFrame({ opcode: Opcode.Close, payload: encodeClosePayload(code, reason) })];
};

test('a Close of the WebSocket that no Close inside came before is shown as one inside', async () => {
  expect(await endOf({ code: 1001, reason: '', wasClean: true })).toEqual([closeFrame(1001, ''), 'end', 'closed']);
  expect(await endOf({ code: 4000, reason: 'bye', wasClean: true })).toEqual([
    closeFrame(4000, 'bye'),
    'end',
    'closed',
  ]);
  expect(await endOf({ code: 1005, reason: '', wasClean: true })).toEqual([closeFrame(), 'end', 'closed']);
});

test('with 1000 it follows the one inside, and is not shown: without one, it is an error', async () => {
  expect(await endOf({ code: 1000, reason: '', wasClean: true })).toEqual(['end', 'CARRIER_CLOSED']);
});

test('one that was not clean is an error, and so is a fault of this side', async () => {
  expect(await endOf({ code: 1006, reason: '', wasClean: false })).toEqual(['end', 'CARRIER_CLOSED']);
  expect(await endOf({ code: 1002, reason: 'text', wasClean: true }, ['a text'])).toEqual(['end', 'INNER_PROTOCOL']);
});

test.each<[string, Uint8Array | string]>([
  ['a text message', 'a'],
  ['a message of the inner protocol that cuts a frame', Uint8Array.of(0x89, 1)],
  ['an empty message', new Uint8Array(0)],
])('%s ends the connection at once, whatever the peer does, and tells it why', async (what, message) => {
  const sent: unknown[] = [];
  expect(await endOf(undefined, [message], sent)).toEqual(['end', 'INNER_PROTOCOL']);
  const reason = what.includes('inner protocol') ? what : `${what} within the inner protocol`;
  expect(sent.slice(1)).toEqual([closeFrame(1002, reason), `1002 ${reason}`]);
});

test('wherever a write is cut, each message has whole frames, and all bytes leave in their order', () => {
  const length = fc.oneof({ weight: 4, arbitrary: fc.nat(300) }, fc.nat(2 * MESSAGE_SIZE));
  const writes = fc.array(fc.array(length, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(writes, fc.array(fc.nat(3 * MESSAGE_SIZE)), (lengths, cuts) => {
      const frames = lengths.flat().map((each, i) => wholeFrame(Opcode.Binary, new Uint8Array(each).fill(i)));
      const bytes = Buffer.concat(frames);
      const sent: Uint8Array[] = [];
      const carrier: MessageCarrier = {
        start: () => {},
        send: (message) => {
          sent.push(message as Uint8Array);
          return true;
        },
        pause: () => {},
        resume: () => {},
        close: () => {},
        destroy: () => {},
      };
      const transport = new InnerTransport(carrier, 'a');
      const ends = [...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
      ends.forEach((end, i) => {
        // The memory is free after the call.
        const memory = Uint8Array.from(bytes.subarray(ends[i - 1] ?? 0, end));
        transport.write([memory.subarray(0, 3), memory.subarray(3)]);
        memory.fill(0xff);
      });
      expect(Buffer.concat(sent.slice(1)).equals(bytes)).toBe(true);
      const starts = new Set(frames.map((_frame, i) => Buffer.concat(frames.slice(0, i + 1)).length));
      let end = 0;
      for (const message of sent.slice(1)) {
        end += message.length;
        expect(starts.has(end)).toBe(true);
      }
    }),
  );
});

test('a WebSocket that takes no parameters, and closes then, leaves no rejection behind', async () => {
  let sink: CarrierSink | undefined;
  const carrier: MessageCarrier = {
    start: (given) => {
      sink = given;
    },
    send: () => {
      throw new Error('not now');
    },
    pause: () => {},
    resume: () => {},
    close: () => {},
    destroy: () => {},
  };
  const rejections: unknown[] = [];
  const onRejection = (reason: unknown): void => void rejections.push(reason);
  process.on('unhandledRejection', onRejection);
  onTestFinished(() => void process.off('unhandledRejection', onRejection));
  expect(() => new InnerTransport(carrier, 'a')).toThrow('not now');
  sink?.onClose({ code: 1006, reason: '', wasClean: false });
  await turns(5);
  expect(rejections).toEqual([]);
});
