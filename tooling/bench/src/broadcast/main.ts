/** Broadcast to many subscribers, webson beside ws: `node main.js [--connections N] [--rounds N] [--seconds S] [--json FILE]`. */
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Child } from '../child.js';
import { chooseCores } from '../cores.js';
import { median, ratio } from '../statistics.js';
import type { BroadcastJob, BroadcastResult } from './load-process.js';
import { PAYLOAD_LENGTH } from './server.js';

const NAMES = ['ws', 'webson'] as const;
type Name = (typeof NAMES)[number];
const BURSTS = [1, 16];

const { values } = parseArgs({
  options: {
    connections: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '15' },
    seconds: { type: 'string', default: '0.5' },
    json: { type: 'string' },
  },
});
const { rounds, seconds, connections } = {
  rounds: Number(values.rounds),
  seconds: Number(values.seconds),
  connections: Number(values.connections),
};
const cores = chooseCores();

/** A server and its subscribers, each in a process. Idle but for the jobs it is given. */
class Side {
  readonly #server: Child;
  #load: Child | undefined;

  constructor(name: Name) {
    this.#server = new Child(`server ${name}`, process.execPath, [pathOf('server-process'), name], cores.server);
  }

  async connect(): Promise<void> {
    const { port } = (await this.#server.line(20_000)) as { port: number };
    const args = [pathOf('load-process'), String(port), String(connections), String(this.#server.pid)];
    this.#load = new Child('load', process.execPath, args, cores.load);
    await this.#load.line(60_000);
  }

  async run(job: BroadcastJob): Promise<BroadcastResult> {
    this.#load?.send(job);
    return (await this.#load?.line(60_000)) as BroadcastResult;
  }

  async stop(): Promise<void> {
    await this.#load?.stop();
    await this.#server.stop();
  }
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(`./${name}.js`, import.meta.url));
}

function summarize(name: Name, burst: number, results: Record<Name, BroadcastResult[]>): string {
  const rates = results[name].map(({ perSecond }) => perSecond);
  const costs = results[name].map(({ microseconds = Number.NaN }) => microseconds);
  const baseRates = results.ws.map(({ perSecond }) => perSecond);
  const baseCosts = results.ws.map(({ microseconds = Number.NaN }) => microseconds);
  const byTime = ratio(rates, baseRates);
  const byCpu = ratio(baseCosts, costs);
  return [
    `${String(burst).padStart(2)} at once  ${name.padEnd(7)}`,
    `${Math.round(median(rates)).toLocaleString('en-US').padStart(11)} deliveries/s  ${median(costs).toFixed(3).padStart(7)} µs`,
    `  ratio ${byTime.ofMedians.toFixed(2)} (${byTime.min.toFixed(2)} – ${byTime.max.toFixed(2)})`,
    `  by CPU ${byCpu.ofMedians.toFixed(2)} (${byCpu.min.toFixed(2)} – ${byCpu.max.toFixed(2)})`,
  ].join('');
}

const sides: Record<Name, Side> = { ws: new Side('ws'), webson: new Side('webson') };
try {
  for (const name of NAMES) await sides[name].connect();
  const report: Record<string, Record<Name, BroadcastResult[]>> = {};
  process.stdout.write(
    `${connections} subscribers, ${PAYLOAD_LENGTH} bytes, ${rounds} rounds of ${seconds} s; ${cores.note}\n`,
  );
  for (const burst of BURSTS) {
    const results: Record<Name, BroadcastResult[]> = { ws: [], webson: [] };
    report[burst] = results;
    for (let round = 0; round < rounds; round++) {
      for (const name of round % 2 === 0 ? NAMES : NAMES.toReversed()) {
        results[name].push(await sides[name].run({ burst, seconds }));
      }
    }
    for (const name of NAMES) process.stdout.write(`${summarize(name, burst, results)}\n`);
  }
  process.stdout.write(
    `µs: CPU time of the server per delivery. Load average ${loadavg()[0]?.toFixed(1)} of ${NAMES.length} processes at a time.\n`,
  );
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
} finally {
  for (const name of NAMES) await sides[name].stop();
}
