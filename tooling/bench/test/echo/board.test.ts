import { expect, it } from 'vitest';
import { isOnBoard } from '../../src/echo/board.js';
import { cells, withPayload } from '../../src/echo/cells.js';
import { serverKinds } from '../../src/echo/contenders/index.js';
import type { PayloadKind } from '../../src/echo/payload.js';

function namesIn(name: string, payload: PayloadKind): string[] {
  const cell = withPayload(cells.find((one) => one.name === name)!, payload);
  return serverKinds.filter((kind) => isOnBoard(kind, cell)).map((kind) => kind.name);
}

it('has everybody echo binary messages', () => {
  expect(namesIn('a', 'binary')).toEqual(['ws', 'ws-bufferutil', 'ws-tuned', 'webson', 'bun', 'net']);
});

it('has text decoded by all who can, and long text that is not ASCII given back as bytes too', () => {
  const decoding = ['ws-text', 'ws-tuned-text', 'webson-text', 'bun'];
  expect(namesIn('c', 'text')).toEqual(decoding);
  expect(namesIn('b', 'unicode')).toEqual(decoding);
  expect(namesIn('c', 'unicode').sort()).toEqual([...decoding, 'ws', 'ws-tuned', 'webson'].sort());
});

it('measures every server somewhere', () => {
  const all = cells.flatMap((cell) => (['binary', 'text', 'unicode'] as const).map((kind) => withPayload(cell, kind)));
  expect(serverKinds.filter((kind) => !all.some((cell) => isOnBoard(kind, cell)))).toEqual([]);
});
