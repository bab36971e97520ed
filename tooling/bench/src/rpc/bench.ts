import { type Bench, defineBench } from '../harness/bench.js';
import { coresOf, jsonOption, pick, pinOption, timingOf, timingOptions } from '../harness/options.js';
import { rpcCells } from './cells.js';
import { type ContenderName, contenders } from './contenders/index.js';
import { renderReport, renderSample, summarize } from './report.js';
import { runRpc } from './rpc.js';

const cellNames = rpcCells.map((cell) => cell.name);
const contenderNames = Object.keys(contenders) as ContenderName[];

/** Calls by libraries that make them. */
export const bench: Bench = defineBench({
  name: 'rpc',
  about: 'Calls per second by birpc and capnweb over webson and over ws in the same run, and by Connect over webson.',
  options: {
    ...timingOptions({ rounds: '5', seconds: '2', warmup: '1' }),
    cells: { value: 'LIST', about: `of ${cellNames.join(', ')} (all): bytes each way, and calls in flight` },
    contenders: { value: 'LIST', about: `of ${contenderNames.join(',')} (all)` },
    ...jsonOption,
    ...pinOption,
  },
  async run(given, output) {
    const { cells, contenders } = given;
    const wanted = cells === undefined ? rpcCells : pick('--cells', cells, rpcCells);
    const plan = {
      cells: rpcCells.filter((cell) => wanted.includes(cell)),
      contenders: contenders === undefined ? contenderNames : pick('--contenders', contenders, contenderNames),
      ...timingOf(given),
      cores: coresOf(given),
    };
    const samples = await runRpc(plan, (sample) => output.note(renderSample(sample, plan)));
    const report = summarize(plan, samples);
    output.print(`\n${renderReport(report)}`);
    output.save(report);
    return report.damaged === 0;
  },
});
