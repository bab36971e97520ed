import { checkEnding, checkTraffic } from './ending.js';
import { Party } from './party.js';
import { arrivalsFrom, type Plan } from './plan.js';
import type { Plant } from './plant.js';
import { Traffic } from './traffic.js';
import { realTime } from './virtual-time.js';
import { mayBeGivenUp, nameOfParty, type World } from './world.js';

/** Two ends over a real socket, not started. */
export interface SocketEnds {
  readonly connections: ConstructorParameters<typeof Party>[1][];
  /** Takes the socket away from under them. */
  cut(): void;
}

/** Milliseconds in which something must happen: a slow and busy machine allowed for. */
const PATIENCE = 30_000;

/**
 * Runs a plan over real sockets and in real time. What makes up the plan is the same as in memory; that nobody waits for
 * ever is seen by waiting for a long time.
 *
 * @returns what was wrong.
 */
export async function runSocketCase(plan: Plan, { connections, cut }: SocketEnds): Promise<readonly string[]> {
  return new SocketCase(plan, connections, cut).run();
}

class SocketCase implements World {
  readonly plant: Plant = {};
  readonly #plan: Plan;
  readonly #cut: () => void;
  readonly #traffic: [Traffic, Traffic];
  readonly #parties: [Party, Party];
  readonly #faults: string[] = [];
  #isEnding = false;
  #isCut = false;

  constructor(plan: Plan, connections: SocketEnds['connections'], cut: () => void) {
    this.#plan = plan;
    this.#cut = cut;
    const fault = (what: string): void => this.fault(what);
    this.#traffic = [new Traffic(fault), new Traffic(fault)];
    this.#parties = [0, 1].map((index) => {
      const traffic: [Traffic, Traffic] = [this.#traffic[index]!, this.#traffic[1 - index]!];
      return new Party(index, connections[index]!, plan.sides[index]!, traffic, arrivalsFrom(plan, 1 - index), this);
    }) as [Party, Party];
  }

  get isEnding(): boolean {
    return this.#isEnding;
  }

  fault(what: string): void {
    if (this.#faults.length < 20) this.#faults.push(what);
  }

  note(): void {}

  mayBeGivenUp(error: Error): boolean {
    return mayBeGivenUp(this.#plan, error);
  }

  closes(): void {
    this.#isEnding = true;
  }

  async run(): Promise<readonly string[]> {
    const { requests, ending } = this.#plan;
    for (const party of this.#parties) party.start(requests.filter(({ from }) => from === party.index));
    let toEnd = ending.after ?? Number.POSITIVE_INFINITY;
    const isDone = (): boolean => {
      const isQuiet = this.#parties.every(
        ({ waits, pending, isScriptDone }) => waits.size === 0 && pending === 0 && isScriptDone,
      );
      return this.isEnding || toEnd-- <= 0 || (isQuiet && this.#traffic.every(({ missing }) => missing === 0));
    };
    if (!(await this.#until(isDone, 'waits for ever'))) return this.#faults;
    if (!this.isEnding) this.#end();
    const isOver = (): boolean => {
      for (const party of this.#parties) party.releaseHolds();
      return this.#parties.every(
        ({ info, pending, isScriptDone }) => info !== undefined && pending === 0 && isScriptDone,
      );
    };
    if (!(await this.#until(isOver, 'does not end'))) return this.#faults;
    this.#checkEnd();
    return this.#faults;
  }

  #end(): void {
    const { how, by } = this.#plan.ending;
    if (how === 'destroy' || how === 'cut off') {
      this.#isEnding = true;
      this.#isCut = true;
      this.#cut();
      return;
    }
    this.#parties[by]!.close();
    if (how === 'close both') this.#parties[1 - by]!.close(1001);
  }

  async #until(isMet: () => boolean, what: string): Promise<boolean> {
    const end = performance.now() + PATIENCE;
    while (!isMet()) {
      if (this.#faults.length > 0) return false;
      if (performance.now() > end) {
        const waits = this.#parties.map(({ index, waits: all, pending }) => {
          return `${nameOfParty(index)}: ${pending} handlers, waits for ${[...all.values()].slice(0, 5).join(', ') || 'nothing'}`;
        });
        this.fault(`${what}: ${waits.join('; ')}`);
        return false;
      }
      await new Promise((resolve) => void realTime.setTimeout(resolve, 1));
    }
    return true;
  }

  #checkEnd(): void {
    checkTraffic(this.#plan, this.#traffic);
    if (!this.#isCut) checkEnding(this.#parties, this.#traffic, this);
  }
}
