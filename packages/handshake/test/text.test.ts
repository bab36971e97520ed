import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => void vi.unstubAllGlobals());

test('this package loads where there is no TextEncoder, and uses the one that is there later', async () => {
  vi.stubGlobal('TextEncoder', undefined);
  const { computeAccept } = await import('../src/index.js');
  vi.unstubAllGlobals();
  expect(computeAccept('dGhlIHNhbXBsZSBub25jZQ==')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
});
