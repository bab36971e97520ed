import { defineConfig } from 'vitest/config';

/** Lets tests in an imitated page have the builds for pages. Vitest resolves for Node otherwise. */
const forPages = {
  name: 'for-pages',
  configEnvironment(name, { resolve }) {
    if (name === 'client') resolve.conditions = ['browser', ...resolve.conditions.filter((each) => each !== 'node')];
  },
};

const node = ['threads', 'forks', 'vmThreads'].map((pool) => ({
  test: {
    name: pool,
    include: ['vitest/timers.test.js'],
    pool,
  },
}));
// Vitest itself cannot do without nextTick in a process.
const ticks = { test: { name: 'ticks', include: ['vitest/ticks.test.js'], pool: 'threads' } };
const pools = ['forks', 'vmThreads'];
const dom = ['jsdom', 'happy-dom'].flatMap((environment) =>
  pools.flatMap((pool) => [
    { test: { name: `${environment} ${pool}`, include: ['vitest/dom.test.js'], environment, pool } },
    {
      plugins: [forPages],
      test: {
        name: `page of ${environment} ${pool}`,
        include: ['vitest/page.test.js'],
        globalSetup: ['vitest/server-setup.js'],
        environment,
        pool,
        // Only what Vitest itself loads is resolved by its conditions.
        server: { deps: { inline: [/webson/] } },
      },
    },
  ]),
);

export default defineConfig({ test: { projects: [...node, ticks, ...dom] } });
