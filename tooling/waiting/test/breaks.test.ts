import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { BREAKS } from '../src/breaks.js';

const broken = fileURLToPath(new URL('../dist/broken.js', import.meta.url));
const FOUND = /has stopped reading|waits for ever|does not end/;

describe('what was wrong once is found when it is wrong again', () => {
  test.each(Object.keys(BREAKS))('%s', { timeout: 300_000 }, async (name) => {
    const { stdout } = await promisify(execFile)(process.execPath, [broken, name]);
    expect(JSON.parse(stdout)).toMatchObject({
      known: expect.stringMatching(FOUND),
      random: expect.stringMatching(FOUND),
    });
  });
});
