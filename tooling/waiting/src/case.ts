import './virtual-time.js';
import { Arrivals } from './arrivals.js';
import { connectBoth, loadEverything } from './connecting.js';
import { checkEnding, checkTraffic } from './ending.js';
import { type End, Link } from './link.js';
import { type Handled, Load } from './load.js';
import { Party } from './party.js';
import { arrivalsFrom, type Plan } from './plan.js';
import type { Plant } from './plant.js';
import { Random } from './random.js';
import type { SeenFrame } from './sniffer.js';
import { Traffic } from './traffic.js';
import { realTime, virtualTime } from './virtual-time.js';
import { mayBeGivenUp, nameOfParty, type World } from './world.js';

/** Milliseconds in which data must come, or be handed over, once nothing moves: what waits longer waits for ever. */
const PATIENCE = 1500;
/** Moves of one case: far more than any needs. */
const MOST_MOVES = 2_000_000;

/** What came of a case. */
export interface Outcome {
  /** What was wrong, if anything was. */
  readonly faults: readonly string[];
  readonly moves: number;
  /** What happened, if that was wanted. */
  readonly trace: readonly string[];
}

/** Runs a plan over a link in memory, to the end. */
export async function runCase(plan: Plan, plant: Plant = {}, isTraced = false): Promise<Outcome> {
  await loadEverything();
  virtualTime.enter();
  try {
    return await new Case(plan, plant, isTraced).run();
  } finally {
    virtualTime.leave();
  }
}

class Case implements World {
  readonly plant: Plant;
  readonly #plan: Plan;
  readonly #random: Random;
  readonly #link: Link;
  readonly #traffic: [Traffic, Traffic];
  readonly #arrivals: [Arrivals, Arrivals];
  readonly #loads: [Load, Load];
  #parties!: [Party, Party];
  readonly #faults: string[] = [];
  readonly #trace: string[] | undefined;
  #last = '';
  #repeated = 0;
  readonly #began: number;
  #moves = 0;
  // The parties that have called `close`.
  readonly #closers = new Set<number>();
  #isCut = false;
  // By direction, the place of the last ping and of the last pong among all frames, and what the ping said.
  readonly #pings = [
    { at: 0, payload: '' },
    { at: 0, payload: '' },
  ];
  readonly #pongs = [
    { at: 0, payload: '' },
    { at: 0, payload: '' },
  ];
  #frames = 0;

  constructor(plan: Plan, plant: Plant, isTraced: boolean) {
    this.#plan = plan;
    this.plant = plant;
    this.#random = new Random(plan.seed);
    this.#trace = isTraced ? [] : undefined;
    this.#began = virtualTime.now;
    this.#link = new Link(plan.sides, this.#random, this);
    const fault = (what: string): void => this.fault(what);
    this.#traffic = [new Traffic(fault), new Traffic(fault)];
    const hasStreams = plan.protocol.includes('streams');
    this.#arrivals = [new Arrivals(hasStreams), new Arrivals(hasStreams)];
    this.#loads = [
      new Load(plan, 0, this.#arrivals[0], this.#traffic[1]),
      new Load(plan, 1, this.#arrivals[1], this.#traffic[0]),
    ];
  }

  get isEnding(): boolean {
    return this.#closers.size > 0 || this.#isCut;
  }

  fault(what: string): void {
    if (this.#faults.length < 20) this.#faults.push(what);
    this.#tell(`FAULT ${what}`);
  }

  note(party: number, what: string): void {
    this.#tell(`${nameOfParty(party)} ${what}`);
  }

  mayBeGivenUp(error: Error): boolean {
    return mayBeGivenUp(this.#plan, error);
  }

  misuse(party: number, what: string): void {
    this.fault(`${nameOfParty(party)} ${what}`);
  }

  closes(party: number): void {
    this.note(party, 'closes');
    this.#closers.add(party);
  }

  onDelivery(to: number, bytes: Uint8Array): void {
    this.#arrivals[to]!.push(bytes);
  }

  onFrame(from: number, { opcode, fin, length, payload }: SeenFrame): void {
    this.#frames++;
    if (opcode === 9) this.#pings[from] = { at: this.#frames, payload: String(payload) };
    if (opcode === 10) this.#pongs[from] = { at: this.#frames, payload: String(payload) };
    this.#tell(
      `${nameOfParty(from)} has sent a frame: opcode ${opcode}${fin ? '' : ', not the last'}, ${length} bytes`,
    );
  }

  // The same again and again is said once.
  #tell(what: string): void {
    const trace = this.#trace;
    if (trace === undefined) return;
    const line = `${Math.round(virtualTime.now - this.#began)} ms ${what}`;
    const isSame = this.#last === line;
    this.#last = line;
    this.#repeated = isSame ? this.#repeated + 1 : 1;
    if (isSame) trace[trace.length - 1] = `${line} (${this.#repeated} times)`;
    else trace.push(line);
  }

  async run(): Promise<Outcome> {
    const { requests } = this.#plan;
    const connections = await connectBoth(this.#plan, this.#link.ends);
    this.#parties = [0, 1].map((index) => {
      const traffic: [Traffic, Traffic] = [this.#traffic[index]!, this.#traffic[1 - index]!];
      return new Party(
        index,
        connections[index]!,
        this.#plan.sides[index]!,
        traffic,
        arrivalsFrom(this.#plan, 1 - index),
        this,
      );
    }) as [Party, Party];
    for (const party of this.#parties) {
      const end = this.#link.ends[party.index]!;
      end.plant = this.plant;
      end.circumstances = () => ({ pending: party.pending, isEnding: this.isEnding });
    }
    for (const party of this.#parties) party.start(requests.filter(({ from }) => from === party.index));
    while (this.#faults.length === 0 && (await this.#goOn()));
    // What is left must not reach into the next case, and is no fault of its own.
    this.#isCut = true;
    for (const end of this.#link.ends) end.destroy();
    for (const party of this.#parties) {
      party.releaseHolds();
      party.releaseHangs();
    }
    for (let i = 0; i < 3; i++) {
      for (const move of this.#link.moves()) move();
      await this.#turn();
      if (virtualTime.hasImmediates) virtualTime.runImmediates();
    }
    return { faults: this.#faults, moves: this.#moves, trace: this.#trace ?? [] };
  }

  // Goes on until nothing moves by itself, and sees what that means. False: the case is over.
  async #goOn(): Promise<boolean> {
    await this.#rest();
    if (this.#faults.length > 0) return false;
    this.#checkListening();
    this.#checkPongs();
    if (virtualTime.nextOfApplication !== undefined) {
      virtualTime.advance();
      return true;
    }
    const isHanging = this.#isHanging;
    if (!this.isEnding) {
      if (!isHanging && !this.#isDone()) return this.#bePatient(() => this.#isDone(), 'waits for ever');
      if (!isHanging) this.#checkDelivery();
      if (!isHanging) await this.#idle();
      this.#end();
      return true;
    }
    const areGone = this.#link.ends.every(({ isOver }) => isOver);
    if (this.#parties.some(({ holds }) => holds.size > 0)) {
      for (const party of this.#parties) party.releaseHolds();
      return true;
    }
    if (!areGone) return this.#bePatient(() => this.#link.ends.every(({ isOver }) => isOver), 'does not end');
    if (isHanging) {
      for (const party of this.#parties) party.releaseHangs();
      return true;
    }
    const isOver = (): boolean =>
      this.#parties.every(({ info, pending, isScriptDone }) => info !== undefined && pending === 0 && isScriptDone);
    if (!isOver()) return this.#bePatient(isOver, 'waits for ever after the end');
    await this.#checkEnd();
    return false;
  }

  get #isHanging(): boolean {
    return this.#parties.some(({ hangs }) => hangs.size > 0);
  }

  // Everything that can move does, in an order that the seed decides.
  async #rest(): Promise<void> {
    const { ending } = this.#plan;
    let isTurnOver = false;
    for (;;) {
      if (ending.after !== undefined && this.#moves > ending.after && !this.isEnding) this.#end();
      const moves = this.#link.moves();
      if (virtualTime.hasImmediates) moves.push(() => virtualTime.runImmediates());
      if (moves.length === 0) {
        // Promises may have something to say yet.
        if (isTurnOver) return;
        await this.#turn();
        isTurnOver = true;
        continue;
      }
      isTurnOver = false;
      if (++this.#moves > MOST_MOVES) {
        this.fault('never comes to rest');
        return;
      }
      moves[this.#random.below(moves.length)]!();
      // Now and then two things happen in one turn.
      if (this.#random.below(4) > 0) await this.#turn();
    }
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => void realTime.setImmediate(resolve));
  }

  #end(): void {
    const { how, by } = this.#plan.ending;
    const party = this.#parties[by]!;
    if (how === 'destroy') {
      this.#isCut = true;
      this.#link.ends[by]!.destroy(new Error('planned'));
    } else if (how === 'cut off') {
      this.#isCut = true;
      this.#link.ends[by]!.cutOff();
    } else if (how === 'terminate') {
      this.#isCut = true;
      party.connection.terminate();
    } else {
      party.close();
      if (how === 'close both') this.#parties[1 - by]!.close(1001);
    }
  }

  // Nothing is to do for a while but to answer pings.
  async #idle(): Promise<void> {
    const interval = Math.max(...this.#plan.sides.map(({ pingInterval }) => pingInterval));
    const end = virtualTime.now + interval * 2;
    while ((virtualTime.next ?? Number.POSITIVE_INFINITY) <= end) {
      virtualTime.advance();
      await this.#rest();
      this.#checkListening();
      this.#checkPongs();
    }
  }

  // Everything that was planned has happened.
  #isDone(): boolean {
    return (
      this.#parties.every(({ waits, pending, isScriptDone }) => waits.size === 0 && pending === 0 && isScriptDone) &&
      this.#traffic.every(({ missing }) => missing === 0)
    );
  }

  // Changes with every frame of data that comes, and with every message that is handed over.
  get #progress(): number {
    const bytes = this.#arrivals[0].total + this.#arrivals[1].total;
    // A handler that has read, or has settled, may have left its message to wait once more for somebody to read it.
    const done = (sum: number, { taken, settledAt }: Handled): number =>
      sum + taken + (settledAt === undefined ? 0 : 1);
    return this.#parties.reduce((sum, { handled }) => sum + handled.length + handled.reduce(done, 0), bytes);
  }

  // Timers of the connections may have to go off, but none that ends what waits.
  async #bePatient(isMet: () => boolean, what: string): Promise<boolean> {
    let end = virtualTime.now + PATIENCE;
    let before = this.#progress;
    const { isEnding } = this;
    const hasChanged = (): boolean =>
      isMet() ||
      this.isEnding !== isEnding ||
      (!isEnding && this.#isHanging) ||
      virtualTime.nextOfApplication !== undefined;
    while ((virtualTime.next ?? Number.POSITIVE_INFINITY) <= end) {
      virtualTime.advance();
      await this.#turn();
      await this.#rest();
      if (hasChanged()) return true;
      if (this.#progress !== before) end = virtualTime.now + PATIENCE;
      before = this.#progress;
    }
    // A last look: something of the run-time may have been slow.
    await new Promise((resolve) => void realTime.setTimeout(resolve, 20));
    if (virtualTime.hasImmediates || this.#link.moves().length > 0 || hasChanged()) return true;
    this.fault(`${what}:\n${this.#describe()}`);
    return false;
  }

  #describe(): string {
    return this.#parties
      .map((party) => {
        const { index, waits, pending, holds, hangs, isScriptDone, info, connection } = party;
        const end = this.#link.ends[index] as End;
        const inbound = this.#traffic[1 - index]!;
        const parts = [
          end.isOver ? 'transport gone' : end.isPaused ? 'reading is paused' : 'reads',
          `${end.waiting} bytes wait in its socket`,
          `${connection.bufferedAmount} bytes queue for sending`,
          `got ${inbound.handed.length} of ${inbound.sent.length} messages`,
          `${pending} handlers pending`,
          `${holds.size} wait for another message, ${hangs.size} for the end`,
          isScriptDone ? 'has sent all' : 'has more to send',
          info === undefined ? 'start() has not resolved' : `ended with ${info.code}`,
        ];
        const waiting = [...waits.values()].slice(0, 8).map((wait) => `      waits for ${wait}`);
        return [`    ${nameOfParty(index)}: ${parts.join(', ')}`, ...waiting].join('\n');
      })
      .join('\n');
  }

  // Data may wait for handlers, but an end stops listening only when there is as much of it as its options say.
  #checkListening(): void {
    for (const [index, end] of this.#link.ends.entries()) {
      const party = this.#parties[index]!;
      if (!end.isPaused || end.waiting === 0 || end.isOver || end.isGone) continue;
      const why = this.#whyRead(party);
      if (why === undefined) continue;
      this.fault(
        `${nameOfParty(index)} has stopped reading, and not for too much data:\n    ${why}\n${this.#describe()}`,
      );
    }
  }

  #whyRead({ index, handled, waits, pausing, connection }: Party): string | undefined {
    const { bufferedAmount } = connection;
    // What could be written is held back by the peer: by its windows, by pongs that it owes.
    const isHeldBack = bufferedAmount > 0 && !this.#link.ends[index]!.isWriting;
    const isAwaited = waits.size > pausing || isHeldBack || this.#closers.has(index);
    return this.#loads[index]!.whyRead({ handled, isAwaited, bufferedAmount, now: virtualTime.now });
  }

  // At rest every ping has its pong, or a later one has.
  #checkPongs(): void {
    if (this.isEnding || this.#plan.protocol.startsWith('go')) return;
    // An end that rightly does not read keeps the other from writing, too.
    if (this.#link.ends.some(({ isPaused }) => isPaused)) return;
    for (const index of [0, 1]) {
      const ping = this.#pings[index]!;
      const pong = this.#pongs[1 - index]!;
      if (ping.at === 0 || (pong.at > ping.at && pong.payload === ping.payload)) continue;
      this.fault(`a ping of the ${nameOfParty(index)} is not answered:\n${this.#describe()}`);
    }
  }

  #checkDelivery(): void {
    checkTraffic(this.#plan, this.#traffic);
    for (const [index, { missing }] of this.#traffic.entries()) {
      if (missing > 0) this.fault(`${missing} messages of the ${nameOfParty(index)} did not come`);
    }
  }

  async #checkEnd(): Promise<void> {
    // What refers to messages that nobody reads is read when these are given up.
    const isReferring = this.#plan.compress === 'takeover' && this.#plan.sides.some((side) => side.triggerOnStart);
    const end = virtualTime.now + (isReferring ? PATIENCE : 0);
    while ((virtualTime.next ?? end) < end) {
      virtualTime.advance();
      await this.#rest();
    }
    if (virtualTime.pending > 0) this.fault(`${virtualTime.pending} timers are left`);
    checkTraffic(this.#plan, this.#traffic);
    if (!this.#isCut) checkEnding(this.#parties, this.#traffic, this);
  }
}
