import { type Bench, defineBench, type Output } from '../harness/bench.js';
import type { Cores } from '../harness/cores.js';
import { coresOf, count, pick, pinOption, type Timing, timingOf, timingOptions } from '../harness/options.js';
import { turns } from '../harness/rounds.js';
import { markdownRow } from '../harness/table.js';
import { deflateCells, memoryCells } from './cells.js';
import { names } from './contenders/index.js';
import { measureMemory, measureSpeed } from './measure.js';
import { memoryHead, memoryRow, renderSpeed, type SpeedCell, type SpeedSample } from './report.js';

/** Messages that each connection has echoed before its memory counts. */
const MESSAGES = 40;

/** Echo with permessage-deflate. */
export const bench: Bench = defineBench({
  name: 'compress',
  about: 'Echo of JSON messages with permessage-deflate: webson and ws in the same run.',
  options: {
    ...timingOptions({ rounds: '5', seconds: '2', warmup: '1' }),
    cells: { value: 'LIST', about: `of ${deflateCells.map(({ name }) => name).join(',')} (all)` },
    level: { value: 'N', about: 'deflate level of both; else each has its default' },
    ...pinOption,
    memory: { about: 'memory per idle connection for each setting, instead' },
    connections: { value: 'N', usual: '1000', about: 'of those' },
  },
  async run(given, output) {
    const cores = coresOf(given);
    const timing = timingOf(given);
    if (given.memory) {
      await weigh(timing.rounds, count('--connections', given.connections), cores, output);
      return true;
    }
    const picked = given.cells === undefined ? deflateCells : pick('--cells', given.cells, deflateCells);
    const level = given.level === undefined ? undefined : count('--level', given.level, 0);
    const cells = [false, true].flatMap((takeover) => picked.map((cell) => ({ cell, takeover })));
    await race(cells, level, { ...timing, cores }, output);
    return true;
  },
});

/** Speed in every cell, with and without takeover. */
async function race(
  cells: readonly SpeedCell[],
  level: number | undefined,
  conditions: Timing & { readonly cores: Cores },
  output: Output,
): Promise<void> {
  const { rounds, seconds, cores } = conditions;
  output.print(`Node ${process.version}, ${cores.note}, ${rounds} rounds of ${seconds} s\n\n`);
  const samples: SpeedSample[] = [];
  for (const turn of turns({ rounds, cells, contenders: () => names })) {
    const { cell, takeover } = turn.cell;
    const settings = { takeover, ...(level === undefined ? {} : { level }) };
    const measurement = await measureSpeed(turn.contender, cell, settings, conditions);
    samples.push({ cell: turn.cell, contender: turn.contender, ...measurement });
    const rate = Math.round(measurement.messagesPerSecond);
    output.note(`${cell.name} ${takeover} ${turn.contender}: ${rate} messages/s`);
  }
  output.print(renderSpeed(cells, samples));
}

/** Memory of idle connections, for every setting. */
async function weigh(rounds: number, connections: number, cores: Cores, output: Output): Promise<void> {
  const what = `${connections} connections, ${MESSAGES} messages of 1 KiB each, then idle`;
  output.print(`Node ${process.version}, ${what}\n\n${memoryHead()}`);
  for (const [name, settings] of memoryCells) {
    const found: number[][] = [];
    for (const contender of names) {
      const list: number[] = [];
      // ws has no window bits of its own without a client that asks for them.
      const isKnown = contender !== 'ws' || settings.windowBits === undefined;
      for (let round = 0; isKnown && round < rounds; round++) {
        list.push(await measureMemory(contender, settings, connections, MESSAGES, cores));
      }
      found.push(list);
    }
    output.print(`${markdownRow(memoryRow(name, found))}\n`);
  }
}
