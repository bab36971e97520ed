import { defineConfig } from 'vitest/config';

// One configuration for every package: each runs `vitest run --config ../../vitest.config.ts` in its own folder.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    reporters: ['default', ['json', { outputFile: 'test-results.json' }]],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
