import { inject, test, vi } from 'vitest';
import * as webson from 'webson';
import { pageExercises, sendBlob } from '../page-exercises.js';

test.each(Object.entries(pageExercises))('%s', (_name, exercise) => exercise(webson, inject('url')));

test('a Blob is sent', () => sendBlob(webson, inject('url')));

test.each(Object.entries(pageExercises))('with fake timers: %s', async (_name, exercise) => {
  vi.useFakeTimers();
  try {
    await exercise(webson, inject('url'));
  } finally {
    vi.useRealTimers();
  }
});
