import { jest, test } from '@jest/globals';
import * as webson from 'webson';
import { pageExercises, sendBlob } from '../page-exercises.js';

const url = process.env.WEBSON_URL;

test.each(Object.entries(pageExercises))('%s', (_name, exercise) => exercise(webson, url));

test('a Blob is sent', () => sendBlob(webson, url));

test.each(Object.entries(pageExercises))('with fake timers: %s', async (_name, exercise) => {
  jest.useFakeTimers();
  try {
    await exercise(webson, url);
  } finally {
    jest.useRealTimers();
  }
});
