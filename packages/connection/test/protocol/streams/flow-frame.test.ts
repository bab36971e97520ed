import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../../src/protocol/contract/errors.js';
import type { FlowEntry } from '../../../src/protocol/contract/flow-entry.js';
import { decodeFlow, encodeFlow } from '../../../src/protocol/streams/flow-frame.js';
import { concat, hex } from '../../support/frames.js';

const WINDOW = hex('00 00 7fff 01020304 fffefdfc');
const STOP = hex('01 00 0005 00000001 00000000');
const CONNECTION = hex('00 00 0000 00000000 00001000');

const ENTRIES: FlowEntry[] = [
  { isStop: false, streamId: 0x7fff, openNumber: 0x01020304, value: 0xfffefdfc },
  { isStop: true, streamId: 5, openNumber: 1, value: 0 },
  { isStop: false, streamId: 0, openNumber: 0, value: 4096 },
];

test('entries as they stand on the wire', () => {
  expect([...encodeFlow(ENTRIES)]).toEqual([concat([WINDOW, STOP, CONNECTION])]);
  expect(decodeFlow(concat([WINDOW, STOP, CONNECTION]))).toEqual(ENTRIES);
});

test('a payload that is a view of more', () => {
  const all = concat([STOP, WINDOW, STOP]);
  expect(decodeFlow(all.subarray(12, 24))).toEqual([ENTRIES[0]]);
});

test.each([
  [0, []],
  [1, [12]],
  [10, [120]],
  [11, [120, 12]],
  [25, [120, 120, 60]],
])('%d entries: ten in a frame at most', (count, lengths) => {
  const entries = Array.from({ length: count }, (_, i) => ({
    isStop: false,
    streamId: i + 1,
    openNumber: i,
    value: i * 3,
  }));
  const payloads = [...encodeFlow(entries)];
  expect(payloads.map(({ length }) => length)).toEqual(lengths);
  expect(payloads.flatMap(decodeFlow)).toEqual(entries);
});

describe('malformed: 1002', () => {
  const cases: [string, Uint8Array][] = [
    ['no entry', hex('')],
    ['11 entries', concat(new Array(11).fill(WINDOW))],
    ['11 bytes', WINDOW.subarray(0, 11)],
    ['13 bytes', concat([WINDOW, hex('00')])],
    ['an unknown kind', hex('02 00 0001 00000001 00000000')],
    ['kind 255', hex('ff 00 0001 00000001 00000000')],
    ['byte 1 not 0', hex('00 01 0001 00000001 00000000')],
    ['a stream id above 32767', hex('00 00 8000 00000001 00000000')],
    ['STOP of the connection', hex('01 00 0000 00000000 00000000')],
    ['an open number of the connection', hex('00 00 0000 00000001 00000000')],
    ['the second of two', concat([WINDOW, hex('02 00 0001 00000001 00000000')])],
  ];
  test.each(cases)('%s', (_, payload) => {
    expect(() => decodeFlow(payload)).toThrow(ProtocolError);
    expect(() => decodeFlow(payload)).toThrow(expect.objectContaining({ code: 'FLOW_MALFORMED', closeCode: 1002 }));
  });
});
