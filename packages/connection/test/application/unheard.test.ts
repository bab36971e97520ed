import { expect, test } from 'vitest';
import { toError } from '../../src/application/thrown.js';
import { showUnheard, summaryOf } from '../../src/application/unheard.js';
import { Message } from '../../src/message.js';
import { nodePlatform } from '../../src/node/platform.js';
import { MessageIncompleteError, WebsonError } from '../../src/protocol/contract/errors.js';
import { hostileValues } from '../support/hostile-values.js';
import { warningPlatform } from '../support/warnings.js';

/** Errors of one place. */
const made = (message: string): Error => new Error(message);

test('an error is shown with its stack, once for each place and each code that was called', () => {
  const { platform, warnings } = warningPlatform();
  for (let i = 0; i < 3; i++) showUnheard(platform, made(`number ${i}`), 'in a handler');
  showUnheard(platform, new Error('of another place'), 'in a handler');
  showUnheard(platform, made('elsewhere'), 'in onConnection');
  expect(warnings.map(({ message }) => message)).toEqual([
    'no onError has heard what was thrown in a handler: Error: number 0',
    'no onError has heard what was thrown in a handler: Error: of another place',
    'no onError has heard what was thrown in onConnection: Error: elsewhere',
  ]);
  expect(warnings[0]?.code).toBe('WEBSON_UNHEARD_ERROR');
  expect(warnings[0]?.detail).toMatch(/^Error: number 0\n +at made \(.*unheard\.test\.ts:\d+:\d+\)\n/);
});

// What fails with errors that are not of the code that is to blame.
const failing: [string, () => unknown, () => unknown][] = [
  ['JSON.parse', () => JSON.parse('{'), () => JSON.parse('{')],
  ['json() of a message', () => text().json(), () => text().json()],
  ['an error made here', () => raise(new MessageIncompleteError()), () => raise(new MessageIncompleteError())],
  ['an error of the run-time', () => new URL('/'), () => new URL('/')],
  ['strings', () => raise('one'), () => raise('two')],
  ['undefined and null', () => raise(undefined), () => raise(null)],
  ['objects that are no errors', () => raise({ code: 'A' }), () => raise({ code: 'B' })],
  ['errors without a stack', () => raise(bare('one')), () => raise(bare('two'))],
];

test.each(failing)('what throws in two places is shown twice, and again no more: %s', (name, ...fail) => {
  const { platform, warnings } = warningPlatform();
  for (let i = 0; i < 3; i++) {
    for (const each of fail) showUnheard(platform, toError(thrownIn(each)), `by ${name}`);
  }
  expect(warnings).toHaveLength(2);
});

test('a peer cannot make many places of one', () => {
  const { platform, warnings } = warningPlatform();
  const parse = (json: string): unknown => JSON.parse(json);
  for (let i = 0; i < 100; i++) {
    showUnheard(platform, toError(thrownIn(() => parse(`x\n    at handler (/app.js:${i}:1)\n`))), 'by a peer');
  }
  expect(warnings).toHaveLength(1);
});

function thrownIn(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error;
  }
}

function raise(value: unknown): never {
  throw value;
}

function bare(message: string): Error {
  return Object.assign(new Error(message), { stack: `Error: ${message}` });
}

function text(): Message {
  return new Message(nodePlatform, 1, 0, new TextEncoder().encode('{'), true);
}

test('causes are shown too, other properties are not: they may be secret', () => {
  const { platform, warnings } = warningPlatform();
  const cause = Object.assign(new TypeError('deep', { cause: 'deepest' }), { headers: 's3cret' });
  const error = new AggregateError([new Error('one'), new Error('two')], 'many', { cause });
  showUnheard(platform, error, 'in a test');
  const { detail } = warnings[0] as { detail: string };
  expect(detail).toMatch(
    /^AggregateError: many\n.*cause: TypeError: deep\n.*cause: deepest\none of: Error: one\n.*one of: Error: two\n/s,
  );
  expect(detail).not.toContain('s3cret');
});

test('an error is bounded, and a cause of itself ends', () => {
  const { platform, warnings } = warningPlatform();
  const error = new Error('x'.repeat(1e6));
  error.cause = error;
  showUnheard(platform, error, 'in a loop');
  expect(warnings[0]?.message.length).toBeLessThan(400);
  expect(warnings[0]?.detail?.length).toBeLessThan(25_000);
});

test('what a peer has put into a message cannot give orders to a terminal', () => {
  const { platform, warnings } = warningPlatform();
  showUnheard(platform, new Error('a\x1b]0;title\x07\r\nError: forged'), 'by a peer');
  expect(JSON.stringify(warnings)).not.toMatch(/\\u001b|\\u0007|\\r/);
  expect(warnings[0]?.message).toMatch(/: Error: a\\x1b]0;title\\x07\\x0d$/);
});

test.each(hostileValues)('whatever is thrown is shown: %s', (name, create) => {
  const { platform, warnings } = warningPlatform();
  showUnheard(platform, toError(create()), `as ${name}`);
  expect(warnings).toHaveLength(1);
});

test('summaryOf: name, code, first line', () => {
  expect(summaryOf(new WebsonError('STALLED', 'a\nb'))).toBe('WebsonError STALLED: a');
  expect(summaryOf(Object.assign(new RangeError('c'), { code: 5 }))).toBe('RangeError 5: c');
});
