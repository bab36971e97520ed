import type { Child } from '../harness/child.js';
import { portOf, type Start } from '../harness/children.js';
import type { Cores } from '../harness/cores.js';
import { turns } from '../harness/rounds.js';
import { type ContenderName, contenders } from './contenders/index.js';
import type { BroadcastJob, BroadcastResult } from './load-process.js';

const serverProgram = new URL('./server-process.js', import.meta.url);
const loadProgram = new URL('./load-process.js', import.meta.url);

/** Who is measured, in the order of a first round. */
export const names = Object.keys(contenders) as ContenderName[];

/** What came of each contender, round by round. */
export type BroadcastResults = Record<ContenderName, BroadcastResult[]>;

/** Every contender and its subscribers, each in a process that is idle but for the jobs it is given. */
export class Sides {
  readonly #loads = new Map<ContenderName, Child>();

  /** Starts all of them; resolves when so many subscribers of each are connected. */
  static async start(start: Start, connections: number, cores: Cores): Promise<Sides> {
    const sides = new Sides();
    const servers = names.map((name) => start(`server ${name}`, serverProgram, [name], { core: cores.server }));
    for (const [i, name] of names.entries()) {
      const server = servers[i] as Child;
      const args = [await portOf(server), connections, server.pid].map(String);
      const load = start('load', loadProgram, args, { core: cores.load });
      await load.line(60_000);
      sides.#loads.set(name, load);
    }
    return sides;
  }

  /** Measures bursts of so many messages with all of them, in turns. */
  async measure(job: BroadcastJob, rounds: number): Promise<BroadcastResults> {
    const results: BroadcastResults = { ws: [], webson: [] };
    for (const { contender } of turns({ rounds, cells: [job], contenders: () => names })) {
      const answer = await this.#loads.get(contender)?.ask(JSON.stringify(job), 60_000);
      results[contender].push(answer as BroadcastResult);
    }
    return results;
  }
}
