import { median, spread } from '../harness/statistics.js';
import type { IdleResults } from './idle.js';

/** A line for each contender, compared with the first. */
export function renderIdle(results: IdleResults): string {
  const [baseline = []] = results.values();
  const base = median(baseline.map(({ rss }) => rss));
  const lines = [...results].map(([name, all]) => {
    const rss = spread(all.map((one) => one.rss));
    const [most, least, middle] = [rss.max, rss.min, rss.median].map(Math.round);
    const heap = Math.round(median(all.map((one) => one.heap)));
    return `${name.padEnd(7)} ${middle} bytes of RSS per idle connection (${least} – ${most}), heap ${heap}; ratio ${(rss.median / base).toFixed(2)}\n`;
  });
  return lines.join('');
}
