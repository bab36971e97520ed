import { median, ratio } from '../harness/statistics.js';
import { markdownTable } from '../harness/table.js';
import type { DeflateCell } from './cells.js';
import type { ContenderName } from './contenders/index.js';
import type { DeflateMeasurement } from './job.js';

/** A load, with context takeover or without. */
export interface SpeedCell {
  readonly cell: DeflateCell;
  readonly takeover: boolean;
}

/** One measurement and what it is of. */
export interface SpeedSample extends DeflateMeasurement {
  readonly cell: SpeedCell;
  readonly contender: ContenderName;
}

/** Speed as a table in Markdown: medians, but for CPU time, the least of all rounds. */
export function renderSpeed(cells: readonly SpeedCell[], samples: readonly SpeedSample[]): string {
  const columns = ['message', 'takeover', 'ws/s', 'webson/s', 'ratio', '(rounds)', 'ws µs', 'webson µs', 'by CPU'];
  const rows = cells.map((cell) => {
    const of = (contender: ContenderName, value: (sample: SpeedSample) => number): number[] =>
      samples.filter((sample) => sample.cell === cell && sample.contender === contender).map(value);
    const rate = (sample: SpeedSample): number => sample.messagesPerSecond;
    const cost = (sample: SpeedSample): number => sample.serverMicroseconds ?? Number.NaN;
    const bytes = (sample: SpeedSample): number => sample.replyBytes;
    const rates = ratio(of('webson', rate), of('ws', rate));
    // What other processes of the machine do can only add to it: the least is nearest to the truth.
    const [wsLeast, websonLeast] = [Math.min(...of('ws', cost)), Math.min(...of('webson', cost))];
    return [
      cell.cell.name,
      cell.takeover ? 'yes' : 'no',
      median(of('ws', rate)).toFixed(0),
      median(of('webson', rate)).toFixed(0),
      `**${rates.ofMedians.toFixed(2)}**`,
      `${rates.min.toFixed(2)}–${rates.max.toFixed(2)}`,
      wsLeast.toFixed(1),
      websonLeast.toFixed(1),
      (wsLeast / websonLeast).toFixed(2),
      median(of('ws', bytes)).toFixed(0),
      median(of('webson', bytes)).toFixed(0),
      `${(median(of('webson', (sample) => sample.loadCpu)) * 100).toFixed(0)} %`,
    ];
  });
  return `${markdownTable([[...columns, 'ws bytes', 'webson bytes', 'load'], ...rows]).join('\n')}\n`;
}

/** What stands above the {@link memoryRow}s. */
export function memoryHead(): string {
  return `${markdownTable([['setting', 'ws kB', 'webson kB', 'ratio']]).join('\n')}\n`;
}

/** Medians of the bytes that a connection takes of ws, where that can be set so, and of webson. */
export function memoryRow(name: string, [ws = [], webson = []]: readonly (readonly number[])[]): string[] {
  const websonMedian = median(webson);
  const compared = ws.length === 0 ? ['', ''] : [kilobytes(median(ws)), (websonMedian / median(ws)).toFixed(2)];
  const [wsShown = '', shown = ''] = compared;
  return [name, wsShown, kilobytes(websonMedian), shown];
}

function kilobytes(bytes: number): string {
  return (bytes / 1000).toFixed(1);
}
