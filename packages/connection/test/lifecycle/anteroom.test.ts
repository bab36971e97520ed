import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AnteroomOptions } from '../../src/connection-parts.js';
import { Anteroom } from '../../src/lifecycle/anteroom.js';
import type { GoDialect } from '../../src/protocol/contract/go-dialect.js';
import { READ_AHEAD, type Transport } from '../../src/transport.js';
import { FrameReader, frame } from '../support/frames.js';

vi.mock('../../src/time/run-time.js', () => import('../support/run-time.js'));

const CLOSE = Uint8Array.of(3, 0xe8);

/** Takes down what is done to it. */
class Calls implements Transport {
  readonly all: string[] = [];
  readonly written: Uint8Array[] = [];
  isBlocked = false;

  start(): void {
    this.all.push('start');
  }

  write(parts: readonly Uint8Array[]): boolean {
    this.all.push('write');
    this.written.push(...parts);
    return !this.isBlocked;
  }

  pause(): void {
    this.all.push('pause');
  }

  resume(): void {
    this.all.push('resume');
  }

  end(): void {
    this.all.push('end');
  }

  destroy(): void {
    this.all.push('destroy');
  }
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

const SETTINGS = { alwaysMask: false, privateMask: undefined, maxPayloadSize: 1_000_000, closeTimeout: 1000 };

function enter(options: Partial<AnteroomOptions> = {}): { anteroom: Anteroom; calls: Calls; gone: () => number } {
  const calls = new Calls();
  let count = 0;
  const anteroom = new Anteroom(
    calls,
    {
      isClient: false,
      opened: {},
      settings: SETTINGS,
      pingInterval: 0,
      ...options,
    },
    () => {
      count++;
    },
  );
  return { anteroom, calls, gone: () => count };
}

function framesOf({ written }: Calls): unknown[] {
  const reader = new FrameReader();
  for (const bytes of written) reader.push(new Uint8Array(bytes));
  return reader.frames.map(({ opcode, payload, masked }) => [opcode, [...payload], masked]);
}

describe('a Close', () => {
  test.each([
    ['a server', {}, false],
    ['a client', { isClient: true }, true],
    ['a server that masks', { settings: { ...SETTINGS, alwaysMask: true } }, true],
  ])('is answered by %s, which then ends its side', (_name, options, isMasked) => {
    const { anteroom, calls } = enter(options);
    anteroom.onData(frame(8, CLOSE, { mask: !('isClient' in options) }));
    expect(calls.all).toEqual(['write', 'end']);
    expect(framesOf(calls)).toEqual([[8, [...CLOSE], isMasked]]);
  });

  test('of a Go peer is not', () => {
    const { anteroom, calls } = enter({ opened: { go: {} as GoDialect } });
    anteroom.onData(frame(8, CLOSE, { mask: true }));
    expect(calls.all).toEqual(['end']);
  });

  test('is found wherever the bytes are cut, and what was given is left as it was', () => {
    const wire = Buffer.concat([frame(2, new Uint8Array(300), { mask: true }), frame(8, CLOSE, { mask: true })]);
    for (let at = 0; at <= wire.length; at++) {
      const { anteroom, calls } = enter();
      const chunks = [wire.subarray(0, at), wire.subarray(at)];
      const copies = chunks.map((chunk) => Buffer.from(chunk));
      for (const chunk of chunks) anteroom.onData(chunk);
      expect(calls.all).toEqual(['write', 'end']);
      expect(chunks.map((chunk, i) => Buffer.compare(chunk, copies[i]!))).toEqual([0, 0]);
    }
  });

  test('that follows something that is no frame is none', () => {
    const { anteroom, calls } = enter();
    anteroom.onData(Uint8Array.of(0xff, 0xff));
    anteroom.onData(frame(8, CLOSE, { mask: true }));
    expect(calls.all).toEqual([]);
  });

  test('is not looked for in what follows one', () => {
    const { anteroom, calls } = enter();
    anteroom.onData(Buffer.concat([frame(8, CLOSE, { mask: true }), frame(8, CLOSE, { mask: true })]));
    anteroom.onData(frame(8, CLOSE, { mask: true }));
    expect(calls.all).toEqual(['write', 'end']);
  });

  test('a peer that ends nothing is cut off after the time for it, unless somebody starts the connection', () => {
    for (const isStarted of [false, true]) {
      const { anteroom, calls } = enter();
      anteroom.onData(frame(8, CLOSE, { mask: true }));
      vi.advanceTimersByTime(999);
      expect(calls.all).toEqual(['write', 'end']);
      if (isStarted) anteroom.leave();
      vi.advanceTimersByTime(1);
      expect(calls.all).toEqual(['write', 'end', ...(isStarted ? [] : ['destroy'])]);
    }
  });
});

describe('the end', () => {
  test('of the stream is answered; the end of the transport is told, and no timer is left', () => {
    const { anteroom, calls, gone } = enter();
    anteroom.onEnd();
    expect([calls.all, gone()]).toEqual([['end'], 0]);
    anteroom.onClose();
    expect([gone(), vi.getTimerCount()]).toEqual([1, 0]);
  });
});

describe('a peer of which no more is read', () => {
  test('is pinged, one ping at a time, until it is gone', () => {
    const { anteroom, calls } = enter({ pingInterval: 100 });
    anteroom.onData(frame(2, new Uint8Array(READ_AHEAD), { mask: true }));
    anteroom.onData(frame(2, 'more', { mask: true }));
    vi.advanceTimersByTime(100);
    calls.isBlocked = true;
    vi.advanceTimersByTime(300);
    expect(framesOf(calls)).toEqual(Array(2).fill([9, [], false]));
    anteroom.onDrain();
    vi.advanceTimersByTime(100);
    expect(calls.written).toHaveLength(3);
    anteroom.onClose();
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each([0, -1])('is not, with a pingInterval of %d', (pingInterval) => {
    const { anteroom } = enter({ pingInterval });
    anteroom.onData(frame(2, new Uint8Array(READ_AHEAD), { mask: true }));
    expect(vi.getTimerCount()).toBe(0);
  });

  test('is pinged whatever it has sent', () => {
    const { anteroom } = enter({ pingInterval: 100 });
    anteroom.onData(new Uint8Array(READ_AHEAD).fill(0xff));
    expect(vi.getTimerCount()).toBe(1);
    anteroom.leave();
  });

  test('is not before, nor after it was started', () => {
    const { anteroom } = enter({ pingInterval: 100 });
    anteroom.onData(frame(2, new Uint8Array(1000), { mask: true }));
    expect(vi.getTimerCount()).toBe(0);
    anteroom.onData(frame(2, new Uint8Array(READ_AHEAD), { mask: true }));
    anteroom.leave();
    expect(vi.getTimerCount()).toBe(0);
  });
});
