import { expect, test } from 'vitest';
import { encodeOpen } from '../../src/wire/header.js';
import { MessageReader } from '../../src/wire/message-reader.js';

/** A message that comes in pieces. */
function pieces(all: Uint8Array[]): MessageReader {
  const left = [...all];
  return new MessageReader({ next: async () => left.shift(), stop: () => {} });
}

test('a header may come byte by byte, and its bytes are copied a few times at most', async () => {
  const bytes = encodeOpen(1, 'name', 'x'.repeat(6000));
  let copied = 0;
  const set = Uint8Array.prototype.set;
  Uint8Array.prototype.set = function (from, at): void {
    copied += from.length;
    set.call(this, from, at);
  };
  try {
    const reader = pieces([...Array.from(bytes, (byte) => Uint8Array.of(byte)), Uint8Array.of(7, 8)]);
    expect(await reader.header()).toMatchObject({ id: 1, name: 'name', meta: 'x'.repeat(6000) });
    expect(await reader.next()).toEqual(Uint8Array.of(7, 8));
    expect(await reader.next()).toBeUndefined();
  } finally {
    Uint8Array.prototype.set = set;
  }
  expect(copied).toBeLessThan(bytes.length * 4);
});

test('what comes with the header is read behind it', async () => {
  const reader = pieces([Uint8Array.of(1, 0, 0, 0, 5, 9, 9)]);
  expect(await reader.header()).toEqual({ kind: 1, id: 5 });
  expect(await reader.next()).toEqual(Uint8Array.of(9, 9));
  expect(await reader.next()).toBeUndefined();
});
