import { describe, expect, test } from 'vitest';
import { bytesOf, textOf } from '../src/bytes.js';
import {
  createTransportPair,
  type Misbehaviour,
  misbehave,
  RecordingSink,
  type Transport,
  turns,
} from '../src/index.js';

interface Joined {
  readonly transport: Transport;
  readonly sink: RecordingSink;
  readonly far: Transport;
  readonly farSink: RecordingSink;
}

function join(behaviour: Misbehaviour): Joined {
  const [near, far] = createTransportPair();
  const transport = misbehave(near, behaviour);
  const [sink, farSink] = [new RecordingSink(), new RecordingSink()];
  transport.start(sink);
  far.start(farSink);
  return { transport, sink, far, farSink };
}

test('slow: little at a time, both ways, and nothing is lost', async () => {
  const { transport, sink, far, farSink } = join({ kind: 'slow', bytes: 3 });
  far.write([bytesOf('from afar')]);
  expect(transport.write([bytesOf('from '), bytesOf('here')])).toBe(false);
  transport.end();
  far.end();
  await sink.until(({ hasClosed }) => hasClosed);
  await farSink.until(({ hasClosed }) => hasClosed);
  expect(sink.chunks.map(textOf)).toEqual(['fro', 'm a', 'far']);
  expect(farSink.chunks.map(textOf)).toEqual(['fro', 'm ', 'her', 'e']);
  expect(sink.drains).toBe(1);
});

test('cut: the end after so many bytes, and all over when this side ends, too', async () => {
  const { transport, sink, far, farSink } = join({ kind: 'cut', after: 4 });
  far.write([bytesOf('from afar')]);
  await sink.until(({ hasEnded }) => hasEnded);
  expect(textOf(sink.bytes)).toBe('from');
  expect(transport.write([bytesOf('lost')])).toBe(true);
  await turns(3);
  expect([farSink.length, sink.hasClosed]).toEqual([0, false]);
  transport.end();
  await sink.until(({ hasClosed }) => hasClosed);
  expect(sink.error).toBeUndefined();
  expect(sink.violations).toEqual([]);
});

test('reset: gone with ECONNRESET after so many bytes', async () => {
  const { sink, far, farSink } = join({ kind: 'reset', after: 4 });
  far.write([bytesOf('from afar')]);
  await sink.until(({ hasClosed }) => hasClosed);
  expect(textOf(sink.bytes)).toBe('from');
  expect(sink.error).toMatchObject({ code: 'ECONNRESET' });
  expect(sink.violations).toEqual([]);
  await farSink.until(({ hasClosed }) => hasClosed);
});

test('mute: takes everything, and says nothing, not even the end', async () => {
  const { transport, sink, far, farSink } = join({ kind: 'mute' });
  await turns(2);
  far.write([bytesOf('from afar')]);
  far.end();
  expect(transport.write([new Uint8Array(1_000_000)])).toBe(true);
  await turns(5);
  expect([sink.length, sink.hasEnded, farSink.length]).toEqual([0, false, 0]);
  transport.destroy();
  await sink.until(({ hasClosed }) => hasClosed);
});

test('stall: says false, and never that it is no more full', async () => {
  const { transport, sink, far } = join({ kind: 'stall', after: 4 });
  expect(transport.write([bytesOf('before')])).toBe(true);
  far.write([bytesOf('from afar')]);
  await sink.until(({ length }) => length === 4);
  expect(transport.write([bytesOf('after')])).toBe(false);
  await turns(5);
  expect([sink.drains, sink.length]).toEqual([0, 4]);
  transport.destroy();
  await sink.until(({ hasClosed }) => hasClosed);
  expect(transport.write([bytesOf('late')])).toBe(true);
});

test('flood: comes again and again, but to a reader that is not paused', async () => {
  const { transport, sink, far } = join({ kind: 'flood', content: bytesOf('ab'), times: 5 });
  sink.onChunk = () => sink.chunks.length === 2 && transport.pause();
  await sink.until(({ length }) => length === 4);
  far.write([bytesOf('never heard')]);
  await turns(5);
  expect(sink.length).toBe(4);
  transport.resume();
  await sink.until(({ length }) => length === 10);
  await turns(5);
  expect(textOf(sink.bytes)).toBe('ababababab');
  transport.destroy();
  await sink.until(({ hasClosed }) => hasClosed);
});

test('flood: ends when it is destroyed', async () => {
  const { transport, sink } = join({ kind: 'flood', content: bytesOf('ab') });
  await sink.until(({ length }) => length > 10);
  transport.destroy();
  await sink.until(({ hasClosed }) => hasClosed);
  await turns(5);
  expect(sink.violations).toEqual([]);
});

describe('no size', () => {
  test.each<Misbehaviour>([
    { kind: 'slow', bytes: 0 },
    { kind: 'cut', after: -1 },
    { kind: 'reset', after: 1.5 },
    { kind: 'stall', after: Number.NaN },
  ])('%o', (behaviour) => {
    expect(() => misbehave(createTransportPair()[0], behaviour)).toThrow(RangeError);
  });
});
