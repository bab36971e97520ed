import type { Shown } from '../support/shown.js';

const typesOnly = 'it needs its runner: tooling/test-environments runs it';

/** docs/TESTING.md. */
export const testing: readonly Shown[] = [
  { at: 'docs/TESTING.md: A server of the test', typesOnly },
  { at: 'docs/TESTING.md: The time of a connection, moved', typesOnly },
  { at: 'docs/TESTING.md: Pages in Vitest', typesOnly },
  { at: 'docs/TESTING.md: Pages in Vitest 2', typesOnly },
  { at: 'docs/TESTING.md: Jest', typesOnly },
  { at: 'docs/TESTING.md: Jest 2', typesOnly },
  { at: 'docs/TESTING.md: Jest 3', typesOnly },
  { at: 'docs/TESTING.md: Pages in Jest', typesOnly },
];
