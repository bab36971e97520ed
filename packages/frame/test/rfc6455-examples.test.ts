import { expect, test } from 'vitest';
import { encodeFrame, type OutgoingFrame } from '../src/encoder.js';
import { bytewise, concat, decode, hex, toHex } from './recording-sink.js';

const hello = new TextEncoder().encode('Hello');
const octets = (length: number) => Uint8Array.from({ length }, (_, i) => i & 0xff);

// RFC 6455 §5.7, all of it.
const examples: [string, OutgoingFrame[], Uint8Array][] = [
  ['a single-frame unmasked text message', [{ opcode: 1, payload: hello }], hex('81 05 48 65 6c 6c 6f')],
  [
    'a single-frame masked text message',
    [{ opcode: 1, payload: hello, mask: hex('37fa213d') }],
    hex('81 85 37 fa 21 3d 7f 9f 4d 51 58'),
  ],
  [
    'a fragmented unmasked text message',
    [
      { opcode: 1, fin: false, payload: hello.subarray(0, 3) },
      { opcode: 0, payload: hello.subarray(3) },
    ],
    hex('01 03 48 65 6c 80 02 6c 6f'),
  ],
  ['an unmasked Ping request', [{ opcode: 9, payload: hello }], hex('89 05 48 65 6c 6c 6f')],
  [
    'a masked Ping response',
    [{ opcode: 10, payload: hello, mask: hex('37fa213d') }],
    hex('8a 85 37 fa 21 3d 7f 9f 4d 51 58'),
  ],
  [
    '256 bytes binary message in a single unmasked frame',
    [{ opcode: 2, payload: octets(256) }],
    concat([hex('82 7e 01 00'), octets(256)]),
  ],
  [
    '64KiB binary message in a single unmasked frame',
    [{ opcode: 2, payload: octets(65536) }],
    concat([hex('82 7f 00 00 00 00 00 01 00 00'), octets(65536)]),
  ],
];

test.each(examples)('%s', (_, frames, wire) => {
  expect(toHex(concat(frames.map((frame) => encodeFrame(frame))))).toBe(toHex(wire));
  for (const chunks of [[wire], bytewise(wire)]) {
    const decoded = decode(chunks);
    expect(decoded.error).toBeUndefined();
    expect(decoded.idle).toBe(true);
    expect(decoded.frames.map(({ header }) => header)).toEqual(
      frames.map(({ opcode, fin = true, payload, mask }) => ({
        fin,
        rsv: 0,
        opcode,
        masked: mask !== undefined,
        payloadLength: payload!.length,
        streamId: 0,
        cancel: false,
      })),
    );
    expect(decoded.frames.map(({ payload }) => toHex(payload))).toEqual(frames.map(({ payload }) => toHex(payload!)));
  }
});
