import { loadAverage } from '../harness/noise.js';
import { median, type Ratio, ratio } from '../harness/statistics.js';
import { range, whole } from '../harness/table.js';
import { type BroadcastResults, names } from './broadcast.js';

/** What came of bursts of one length: a line for each contender, compared with the first. */
export function renderBurst(burst: number, results: BroadcastResults): string {
  const rates = names.map((name) => results[name].map(({ perSecond }) => perSecond));
  const costs = names.map((name) => results[name].map(({ microseconds = Number.NaN }) => microseconds));
  const lines = names.map((name, i) => {
    const [ownRates = [], ownCosts = []] = [rates[i], costs[i]];
    return [
      `${String(burst).padStart(2)} at once  ${name.padEnd(7)}`,
      `${whole(median(ownRates)).padStart(11)} deliveries/s  ${median(ownCosts).toFixed(3).padStart(7)} µs`,
      `  ratio ${shown(ratio(ownRates, rates[0] ?? []))}  by CPU ${shown(ratio(costs[0] ?? [], ownCosts))}\n`,
    ].join('');
  });
  return lines.join('');
}

/** What the figures mean, and what else the machine did. */
export function renderLegend(): string {
  return `µs: CPU time of the server per delivery. Load average ${loadAverage().toFixed(1)} of ${names.length} processes at a time.\n`;
}

function shown(found: Ratio): string {
  return `${found.ofMedians.toFixed(2)} (${range(found)})`;
}
