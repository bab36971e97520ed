import { encodeClosePayload, encodeFrame, Opcode } from '@webson/frame';
import { expect, test } from 'vitest';
import type { CarrierEnd, CarrierSink, MessageCarrier } from '../../src/inner/message-carrier.js';
import { encodeParameters } from '../../src/inner/parameters.js';
import { InnerTransport } from '../../src/inner/transport.js';
import { turns } from '../support/turns.js';

/** What the transport tells when the carrier has ended: the bytes, and the code of the error. */
async function endOf(end: CarrierEnd, ...messages: (Uint8Array | string)[]): Promise<unknown[]> {
  let sink: CarrierSink | undefined;
  const carrier: MessageCarrier = {
    start: (given) => {
      sink = given;
    },
    send: () => true,
    pause: () => {},
    resume: () => {},
    close: () => {},
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
  sink?.onClose(end);
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

test('with 1000 it follows the one inside, and is not shown', async () => {
  expect(await endOf({ code: 1000, reason: '', wasClean: true })).toEqual(['end', 'closed']);
});

test('one that was not clean is an error, and so is a fault of this side', async () => {
  expect(await endOf({ code: 1006, reason: '', wasClean: false })).toEqual(['end', 'CARRIER_CLOSED']);
  expect(await endOf({ code: 1002, reason: 'text', wasClean: true }, 'a text')).toEqual(['end', 'INNER_PROTOCOL']);
});
