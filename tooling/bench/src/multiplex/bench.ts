import { type Bench, defineBench } from '../harness/bench.js';
import { coresOf, jsonOption, pick, pinOption, timingOf, timingOptions } from '../harness/options.js';
import { multiplexCells } from './cells.js';
import { type ContenderName, contenders } from './contenders/index.js';
import { runMultiplex } from './multiplex.js';
import { renderReport, renderSample, summarize } from './report.js';

const cellNames = multiplexCells.map((cell) => cell.name);
const contenderNames = Object.keys(contenders) as ContenderName[];

/** Small messages beside bulk. */
export const bench: Bench = defineBench({
  name: 'multiplex',
  about: 'Round trips of small messages beside bulk on one connection, of webson, ws and node:http2 in the same run.',
  options: {
    ...timingOptions({ rounds: '5', seconds: '2', warmup: '1' }),
    cells: { value: 'LIST', about: `of ${cellNames.join(', ')} (all): bulk messages, and which way they go` },
    contenders: { value: 'LIST', about: `of ${contenderNames.join(',')} (all)` },
    ...jsonOption,
    ...pinOption,
  },
  async run(given, output) {
    const { cells, contenders } = given;
    const plan = {
      cells: cells === undefined ? multiplexCells : inOrder(pick('--cells', cells, multiplexCells)),
      contenders: contenders === undefined ? contenderNames : pick('--contenders', contenders, contenderNames),
      ...timingOf(given),
      cores: coresOf(given),
    };
    const samples = await runMultiplex(plan, (sample) => output.note(renderSample(sample, plan)));
    const report = summarize(plan, samples);
    output.print(`\n${renderReport(report)}`);
    output.save(report);
    return true;
  },
});

function inOrder(picked: readonly (typeof multiplexCells)[number][]): typeof multiplexCells {
  return multiplexCells.filter((cell) => picked.includes(cell));
}
