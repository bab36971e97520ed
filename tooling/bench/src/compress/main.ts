/** `node dist/compress/main.js`: echo with permessage-deflate, webson and ws in the same run. */
import { parseArgs } from 'node:util';
import { chooseCores } from '../cores.js';
import { median, ratio } from '../statistics.js';
import type { DeflateMeasurement } from './job.js';
import { measureMemory, measureSpeed } from './measure.js';
import { type DeflateSettings, deflateCells, deflateServers } from './settings.js';

const help = `Echo of JSON messages with permessage-deflate: webson and ws in the same run.

  --rounds N        interleaved rounds (5)
  --seconds S       seconds counted per measurement (2)
  --warmup S        seconds of load before that (1)
  --cells LIST      of ${deflateCells.map(({ name }) => name).join(',')} (all)
  --level N         deflate level of both; else each has its default
  --no-pin          leave it to the system which core runs what
  --memory          memory per idle connection for each setting, instead
  --connections N   of those (1000)
  --help
`;

interface Options {
  readonly rounds: number;
  readonly seconds: number;
  readonly warmup: number;
  readonly connections: number;
  readonly level: number | undefined;
  readonly cells: readonly string[];
  readonly isPinned: boolean;
  readonly isMemory: boolean;
}

function parse(): Options | undefined {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '2' },
      warmup: { type: 'string', default: '1' },
      connections: { type: 'string', default: '1000' },
      cells: { type: 'string', default: deflateCells.map(({ name }) => name).join(',') },
      level: { type: 'string' },
      'no-pin': { type: 'boolean', default: false },
      memory: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  return {
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    warmup: Number(values.warmup),
    connections: Number(values.connections),
    level: values.level === undefined ? undefined : Number(values.level),
    cells: values.cells.split(','),
    isPinned: !values['no-pin'],
    isMemory: values.memory,
  };
}

async function speed({ rounds, cells, level, isPinned, ...times }: Options): Promise<void> {
  const conditions = { ...times, cores: isPinned ? chooseCores() : { note: 'NOT PINNED: --no-pin' } };
  process.stdout.write(`${describe()}, ${conditions.cores.note}, ${rounds} rounds of ${times.seconds} s\n\n`);
  const kinds = [false, true].flatMap((takeover) =>
    deflateCells.filter(({ name }) => cells.includes(name)).map((cell) => ({ cell, takeover })),
  );
  const found = new Map<string, DeflateMeasurement[]>();
  for (let round = 0; round < rounds; round++) {
    for (const { cell, takeover } of kinds) {
      for (const server of round % 2 === 0 ? deflateServers : deflateServers.toReversed()) {
        const settings = { takeover, ...(level === undefined ? {} : { level }) };
        const one = await measureSpeed(server, cell, settings, conditions);
        const key = `${cell.name} ${takeover} ${server}`;
        found.set(key, [...(found.get(key) ?? []), one]);
        process.stderr.write(`${key}: ${Math.round(one.messagesPerSecond)} messages/s\n`);
      }
    }
  }
  const columns = ['message', 'takeover', 'ws/s', 'webson/s', 'ratio', '(rounds)', 'ws µs', 'webson µs', 'by CPU'];
  row([...columns, 'ws bytes', 'webson bytes', 'load']);
  row(Array.from({ length: 12 }, () => '---'));
  for (const { cell, takeover } of kinds) {
    const [ws, webson] = deflateServers.map((server) => found.get(`${cell.name} ${takeover} ${server}`) ?? []);
    const of = (list: readonly DeflateMeasurement[] = [], pick: (one: DeflateMeasurement) => number): number[] =>
      list.map(pick);
    const rate = (one: DeflateMeasurement): number => one.messagesPerSecond;
    const cpu = (one: DeflateMeasurement): number => one.serverMicroseconds ?? Number.NaN;
    const rates = ratio(of(webson, rate), of(ws, rate));
    // What other processes of the machine do can only add to it: the least is nearest to the truth.
    const [wsLeast, websonLeast] = [Math.min(...of(ws, cpu)), Math.min(...of(webson, cpu))];
    row([
      cell.name,
      takeover ? 'yes' : 'no',
      median(of(ws, rate)).toFixed(0),
      median(of(webson, rate)).toFixed(0),
      `**${rates.ofMedians.toFixed(2)}**`,
      `${rates.min.toFixed(2)}–${rates.max.toFixed(2)}`,
      wsLeast.toFixed(1),
      websonLeast.toFixed(1),
      (wsLeast / websonLeast).toFixed(2),
      median(of(ws, (one) => one.replyBytes)).toFixed(0),
      median(of(webson, (one) => one.replyBytes)).toFixed(0),
      `${(median(of(webson, (one) => one.loadCpu)) * 100).toFixed(0)} %`,
    ]);
  }
}

const memorySettings: readonly (readonly [string, DeflateSettings])[] = [
  ['no compression', { takeover: false, plain: true }],
  ['on, without takeover', { takeover: false }],
  ['takeover', { takeover: true }],
  ['takeover, memLevel 5', { takeover: true, memLevel: 5 }],
  ['takeover, windowBits 12', { takeover: true, windowBits: 12 }],
  ['takeover, windowBits 10, memLevel 4', { takeover: true, windowBits: 10, memLevel: 4 }],
];

async function memory({ rounds, connections, isPinned }: Options): Promise<void> {
  const cores = isPinned ? chooseCores() : { note: '' };
  process.stdout.write(`${describe()}, ${connections} connections, 40 messages of 1 KiB each, then idle\n\n`);
  row(['setting', 'ws kB', 'webson kB', 'ratio']);
  row(['---', '---', '---', '---']);
  for (const [name, settings] of memorySettings) {
    const found: number[][] = [];
    for (const server of deflateServers) {
      // ws has no window bits of its own without a client that asks for them.
      if (server === 'ws' && settings.windowBits !== undefined) {
        found.push([Number.NaN]);
        continue;
      }
      const list: number[] = [];
      for (let round = 0; round < rounds; round++) {
        list.push(await measureMemory(server, settings, connections, 40, cores));
      }
      found.push(list);
    }
    const [ws, webson] = found.map((list) => median(list) / 1000) as [number, number];
    row([
      name,
      Number.isNaN(ws) ? '' : ws.toFixed(1),
      webson.toFixed(1),
      Number.isNaN(ws) ? '' : (webson / ws).toFixed(2),
    ]);
  }
}

function describe(): string {
  return `Node ${process.version}`;
}

function row(cells: readonly string[]): void {
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
}

const options = parse();
if (options === undefined) process.stdout.write(help);
else await (options.isMemory ? memory(options) : speed(options));
