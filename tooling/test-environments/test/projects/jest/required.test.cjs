// Jest gives these to every file of CommonJS.
/* global expect, jest, test */
const webson = require('webson');
const { exercises } = require('../exercises.js');

test('all that is exported is there', () => {
  expect(typeof webson.serve).toBe('function');
});

test.each(Object.entries(exercises))('%s', (_name, exercise) => exercise(webson));

test.each(Object.entries(exercises))('with fake timers: %s', async (_name, exercise) => {
  jest.useFakeTimers();
  try {
    await exercise(webson);
  } finally {
    jest.useRealTimers();
  }
});
