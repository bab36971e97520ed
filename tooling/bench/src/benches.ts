import type { Bench } from './harness/bench.js';

/**
 * All benches, the main one first, and what writes down their figures; loaded when they are wanted, so that nothing is in a
 * process that is measured but what is measured.
 */
export const benches: Readonly<Record<string, () => Promise<Bench>>> = {
  echo: async () => (await import('./echo/bench.js')).bench,
  runtimes: async () => (await import('./runtimes/bench.js')).bench,
  growth: async () => (await import('./growth/bench.js')).bench,
  churn: async () => (await import('./churn/bench.js')).bench,
  broadcast: async () => (await import('./broadcast/bench.js')).bench,
  multiplex: async () => (await import('./multiplex/bench.js')).bench,
  rpc: async () => (await import('./rpc/bench.js')).bench,
  transfer: async () => (await import('./transfer/bench.js')).bench,
  compress: async () => (await import('./compress/bench.js')).bench,
  codec: async () => (await import('./codec/bench.js')).bench,
  mask: async () => (await import('./mask/bench.js')).bench,
  idle: async () => (await import('./idle/bench.js')).bench,
  import: async () => (await import('./import/bench.js')).bench,
  lag: async () => (await import('./lag/bench.js')).bench,
  chart: async () => (await import('./chart/bench.js')).bench,
  readme: async () => (await import('./readme/bench.js')).bench,
};

/** A line for each of them: its name, and what it measures. */
export async function listBenches(): Promise<string[]> {
  const width = Math.max(...Object.keys(benches).map((name) => name.length));
  const lines = Object.entries(benches).map(async ([name, load]) => `  ${name.padEnd(width)}  ${(await load()).about}`);
  return await Promise.all(lines);
}
