import { expect, test } from '@jest/globals';
import * as webson from 'webson';
import { exercises, sendBlob } from '../exercises.js';

test('the page is imitated, and the build is the one for Node', () => {
  expect([typeof document, typeof webson.serve]).toEqual(['object', 'function']);
});

test.each(Object.entries(exercises))('%s', (_name, exercise) => exercise(webson));

test('a Blob is sent', () => sendBlob(webson));
