/** Memory per idle connection, webson beside ws: `node main.js [--connections N] [--rounds N]`. Needs as many open files. */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Child } from '../child.js';
import { median } from '../statistics.js';
import type { Memory } from './server-process.js';

const NAMES = ['ws', 'webson'];
/** Connections before the first measurement: what is compiled and allocated once is not theirs. */
const WARM_UP = 500;

const { values } = parseArgs({
  options: { connections: { type: 'string', default: '10000' }, rounds: { type: 'string', default: '3' } },
});
const connections = Number(values.connections);
const rounds = Number(values.rounds);

function start(name: string, args: readonly string[], ...options: string[]): Child {
  const path = fileURLToPath(new URL(`./${name}.js`, import.meta.url));
  return new Child(name, process.execPath, [...options, path, ...args], undefined);
}

async function memoryOf(server: Child): Promise<Memory> {
  server.send('memory');
  return (await server.line(120_000)) as Memory;
}

async function measure(name: string): Promise<Memory> {
  const server = start('server-process', [name], '--expose-gc');
  const loads: Child[] = [];
  const connect = async (port: number, count: number): Promise<void> => {
    const load = start('load-process', [String(port), String(count)]);
    loads.push(load);
    await load.line(120_000);
  };
  try {
    const { port } = (await server.line(20_000)) as { port: number };
    await connect(port, WARM_UP);
    const before = await memoryOf(server);
    await connect(port, connections);
    const after = await memoryOf(server);
    return { rss: (after.rss - before.rss) / connections, heap: (after.heap - before.heap) / connections };
  } finally {
    for (const load of loads) await load.stop();
    await server.stop();
  }
}

const results = new Map<string, Memory[]>(NAMES.map((name) => [name, []]));
for (let round = 0; round < rounds; round++) {
  for (const name of round % 2 === 0 ? NAMES : NAMES.toReversed()) results.get(name)?.push(await measure(name));
}
const base = median((results.get('ws') ?? []).map(({ rss }) => rss));
for (const [name, all] of results) {
  const rss = all.map((one) => one.rss);
  process.stdout.write(
    `${name.padEnd(7)} ${Math.round(median(rss))} bytes of RSS per idle connection (${Math.round(Math.min(...rss))} – ` +
      `${Math.round(Math.max(...rss))}), heap ${Math.round(median(all.map(({ heap }) => heap)))}; ratio ${(median(rss) / base).toFixed(2)}\n`,
  );
}
