// Jest has put its fake timers in place before this file is loaded.

import { expect, test } from '@jest/globals';
import { FakeClock, turns } from '@webson/testing';
import * as webson from 'webson';
import { exercises } from '../exercises.js';

test('the timers are fake', () => {
  let isCalled = false;
  setTimeout(() => {
    isCalled = true;
  }, 0);
  return turns(3).then(() => expect(isCalled).toBe(false));
});

test.each(Object.entries(exercises))('%s', (_name, exercise) => exercise(webson));

test('a clock of its own goes on', async () => {
  const clock = new FakeClock();
  let isCalled = false;
  clock.setTimer(() => {
    isCalled = true;
  }, 5);
  await clock.advance(5);
  expect(isCalled).toBe(true);
});
