import { afterEach, expect, test } from 'vitest';
import { whenReachable } from '../../../src/web/socket/reachable.js';

const globals = globalThis as unknown as Record<string, unknown>;
const NAMES = ['addEventListener', 'removeEventListener', 'document'];
const before = NAMES.map((name) => Object.getOwnPropertyDescriptor(globals, name));

afterEach(() => {
  NAMES.forEach((name, i) => {
    delete globals[name];
    if (before[i] !== undefined) Object.defineProperty(globals, name, before[i]);
  });
});

/** An event target that knows how many listeners it has. */
class Counted extends EventTarget {
  listeners = 0;
  visibilityState = 'visible';

  override addEventListener(...args: Parameters<EventTarget['addEventListener']>): void {
    this.listeners++;
    super.addEventListener(...args);
  }

  override removeEventListener(...args: Parameters<EventTarget['removeEventListener']>): void {
    this.listeners--;
    super.removeEventListener(...args);
  }
}

function enter(scope: Counted | undefined, document: unknown): void {
  globals.addEventListener = scope?.addEventListener.bind(scope);
  globals.removeEventListener = scope?.removeEventListener.bind(scope);
  globals.document = document;
}

test('of a page: what shows that the network is back, and that somebody looks; then it is released', () => {
  const scope = new Counted();
  const document = new Counted();
  enter(scope, document);
  let calls = 0;
  const release = whenReachable(() => calls++);
  scope.dispatchEvent(new Event('online'));
  scope.dispatchEvent(new Event('pageshow'));
  document.dispatchEvent(new Event('resume'));
  document.dispatchEvent(new Event('visibilitychange'));
  expect(calls).toBe(4);
  document.visibilityState = 'hidden';
  document.dispatchEvent(new Event('visibilitychange'));
  scope.dispatchEvent(new Event('offline'));
  expect(calls).toBe(4);
  release();
  expect([scope.listeners, document.listeners]).toEqual([0, 0]);
  scope.dispatchEvent(new Event('online'));
  expect(calls).toBe(4);
});

test('of a worker, which has no document', () => {
  const scope = new Counted();
  enter(scope, undefined);
  let calls = 0;
  const release = whenReachable(() => calls++);
  scope.dispatchEvent(new Event('online'));
  release();
  expect([calls, scope.listeners]).toEqual([1, 0]);
});

test.each([
  ['no document', undefined],
  ['a document that is no target of events', {}],
])('of what has no events and %s: nothing', (_name, document) => {
  enter(undefined, document);
  expect(() => whenReachable(() => {})()).not.toThrow();
});
