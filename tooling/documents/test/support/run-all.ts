import { test } from 'vitest';
import { Program } from './program.js';
import type { Shown } from './shown.js';

/** Makes a test of each snippet that is run. */
export function runAll(shown: readonly Shown[]): void {
  for (const one of shown) {
    const { at, run } = one;
    if (run !== undefined) test(at, { timeout: 60_000 }, () => run(new Program(one)));
  }
}
