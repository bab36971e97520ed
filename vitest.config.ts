import { defineConfig } from 'vitest/config';

// One configuration for every package: each runs `vitest run --config ../../vitest.config.ts` in its own folder.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    reporters: ['default', ['json', { outputFile: 'test-results.json' }]],
    // Against a test that hangs: on a busy machine the slow ones take many times what they should.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
