import type { TransportSink } from '@webson/connection';
import { beforeEach, describe, expect, test } from 'vitest';
import { type EndOptions, Link } from '../src/link.js';
import { Random } from '../src/random.js';

class Sink implements TransportSink {
  readonly chunks: Uint8Array[] = [];
  readonly events: string[] = [];

  get bytes(): number[] {
    return [...Buffer.concat(this.chunks)];
  }

  onData(chunk: Uint8Array): void {
    this.chunks.push(new Uint8Array(chunk));
  }

  onDrain(): void {
    this.events.push('drain');
  }

  onEnd(): void {
    this.events.push('end');
  }

  onClose(error?: Error): void {
    this.events.push(error === undefined ? 'close' : `close: ${error.message}`);
  }
}

const misuses: string[] = [];
const watcher = {
  onFrame() {},
  onDelivery() {},
  note() {},
  misuse: (end: number, what: string) => void misuses.push(`${end} ${what}`),
};
const END: EndOptions = { capacity: 10, isLent: false, mostAtOnce: 4 };

function join(options: EndOptions = END): { link: Link; sinks: [Sink, Sink]; settle(): void } {
  const link = new Link([options, options], new Random(1), watcher);
  const sinks: [Sink, Sink] = [new Sink(), new Sink()];
  for (const [i, end] of link.ends.entries()) end.start(sinks[i]!);
  const settle = (): void => {
    for (let [move] = link.moves(); move !== undefined; [move] = link.moves()) move();
  };
  return { link, sinks, settle };
}

beforeEach(() => void misuses.splice(0));

describe('a link', () => {
  test('holds so many bytes, and the rest stays with its writer', () => {
    const { link, sinks, settle } = join();
    const [left, right] = link.ends;
    const bytes = Uint8Array.from({ length: 30 }, (_, i) => i);
    expect(left.write([bytes])).toBe(false);
    expect(right.waiting).toBe(10);
    // It has not left yet.
    bytes[29] = 99;
    settle();
    expect(sinks[1].bytes).toEqual([...bytes]);
    expect(sinks[0].events).toEqual(['drain']);
    expect(left.write([new Uint8Array(10)])).toBe(true);
  });

  test('tells a paused end nothing, not even that its peer has left', () => {
    const { link, sinks, settle } = join();
    const [left, right] = link.ends;
    right.pause();
    left.write([Uint8Array.of(1, 2)]);
    left.destroy();
    settle();
    expect([sinks[0].events, sinks[1].events, sinks[1].bytes]).toEqual([['close'], [], []]);
    right.resume();
    settle();
    expect([sinks[1].bytes, sinks[1].events]).toEqual([
      [1, 2],
      ['end', 'close'],
    ]);
  });

  test('tells who writes to one that has left', () => {
    const { link, sinks, settle } = join();
    const [left, right] = link.ends;
    right.pause();
    left.destroy();
    right.write([Uint8Array.of(1)]);
    settle();
    expect(sinks[1].events).toEqual(['close: broken pipe']);
  });

  test('ends when both sides have', () => {
    const { link, sinks, settle } = join();
    const [left, right] = link.ends;
    left.write([Uint8Array.of(1)]);
    left.end();
    settle();
    expect([sinks[1].events, sinks[0].events]).toEqual([['end'], []]);
    right.write([Uint8Array.of(2)]);
    right.end();
    settle();
    expect([sinks[0].bytes, sinks[0].events, sinks[1].events]).toEqual([[2], ['end', 'close'], ['end', 'close']]);
  });

  test('overwrites the memory that it lent', () => {
    const { link, settle } = join({ ...END, isLent: true });
    const [left, right] = link.ends;
    const kept: Uint8Array[] = [];
    right.start(Object.assign(new Sink(), { onData: (chunk: Uint8Array) => void kept.push(chunk) }));
    left.write([Uint8Array.of(1, 2, 3)]);
    settle();
    expect(new Set(kept.flatMap((chunk) => [...chunk]))).toEqual(new Set([0xa5]));
  });

  test('tells of a write before onDrain, and after the end', () => {
    const { link } = join();
    const [left, right] = link.ends;
    left.write([new Uint8Array(11)]);
    left.write([new Uint8Array(1)]);
    right.end();
    right.write([new Uint8Array(1)]);
    right.end();
    expect(misuses).toEqual([
      '0 writes before onDrain',
      '1 writes 1 bytes after it has ended its transport',
      '1 ends its transport twice',
    ]);
  });
});
