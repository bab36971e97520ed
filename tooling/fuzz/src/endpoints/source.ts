import { setImmediate as turn } from 'node:timers/promises';
import type { ScriptItem } from './script.js';

/** A source of any kind that comes in pieces of bytes. */
type Pieces = AsyncIterable<Uint8Array> | Iterable<Uint8Array> | ReadableStream<Uint8Array>;

/** Pieces of one message, about. */
const MOST_PIECES = 300;

/**
 * The payload in pieces. All of them lie in the same memory, which a source may use again as soon as it is asked for the
 * next.
 */
export function sourceOf(item: ScriptItem, payload: Uint8Array): Pieces {
  if (item.how === 'iterable') return pieces(item, payload);
  if (item.how === 'generator') return later(item, payload);
  return asWebStream(item, payload);
}

function* pieces({ pieces: sizes }: ScriptItem, payload: Uint8Array): Generator<Uint8Array, void, undefined> {
  // Pieces of no bytes make no headway: one at least is of some. So many that it takes long there are not.
  const all = sizes.some((size) => size > 0) ? sizes : [...sizes, 1000];
  const average = all.reduce((sum, size) => sum + size, 0) / all.length;
  const scale = Math.max(1, Math.ceil(payload.length / average / MOST_PIECES));
  const memory = new Uint8Array(Math.max(...all) * scale);
  for (let at = 0, count = 0; at < payload.length; count++) {
    const length = Math.min((all[count % all.length] as number) * scale, payload.length - at);
    const piece = memory.subarray(0, length);
    piece.set(payload.subarray(at, at + length));
    at += length;
    yield piece;
    piece.fill(0x3f);
  }
}

async function* later(item: ScriptItem, payload: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  for (const piece of pieces(item, payload)) {
    if (item.seed % 4 === 0) await turn();
    yield piece;
  }
}

// What is queued in a stream has to have memory of its own.
function asWebStream(item: ScriptItem, payload: Uint8Array): ReadableStream<Uint8Array> {
  const source = pieces(item, payload);
  return new ReadableStream<Uint8Array>({
    pull(controller): void {
      const { done, value } = source.next();
      if (done === true) controller.close();
      else controller.enqueue(new Uint8Array(value));
    },
  });
}
