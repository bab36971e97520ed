import type { LifeReport } from './correspondent.js';
import { SILENCE } from './kinds.js';

/** Milliseconds in which bytes that were passed on may not have been read, and a timer be late. */
const SLACK = 100;

/** What a life is known by besides what its ends report. */
interface Life {
  readonly reports: LifeReport[];
  isHalfOpen: boolean;
  /** Nothing has passed for some time, in one direction or both. */
  isSilenced: boolean;
}

/** Puts together how both ends saw each life, and knows what the rules owe them. */
export class Accounts {
  readonly faults: string[] = [];
  /** Lives of which both ends have reported, and what happened in them. */
  readonly totals = { lives: 0, mails: 0, clean: 0, broken: 0, timedOut: 0, halfOpen: 0, lost: 0 };
  readonly #lives = new Map<string, Life>();
  // Every end that is not clean needs a reason that its ends know of.
  readonly #hasCuts: boolean;

  /** @param hasCuts connections may break without that either end has found its peer silent. */
  constructor({ hasCuts }: { readonly hasCuts: boolean }) {
    this.#hasCuts = hasCuts;
  }

  /** Some life is half open, and neither of its ends has noticed. */
  get hasHalfOpen(): boolean {
    return [...this.#lives.values()].some(({ isHalfOpen, reports }) => isHalfOpen && reports.length === 0);
  }

  /** Nothing passes in that life any more, in one direction or both, and neither end is told. */
  halfOpened(life: string): void {
    this.#life(life).isHalfOpen = true;
    this.totals.halfOpen++;
  }

  /** For some time nothing passes in that life, in one direction or both, and neither end may be told. */
  silenced(life: string): void {
    this.#life(life).isSilenced = true;
  }

  /** An end, called `who`, has just found its peer silent, `quiet` milliseconds after bytes were passed on to it last. */
  foundSilent(who: string, quiet: number): void {
    if (quiet <= SLACK || quiet >= SILENCE - SLACK) return;
    this.fault(`${who}: found its peer silent, though bytes were passed on to it ${Math.round(quiet)} ms before`);
  }

  fault(what: string): void {
    this.faults.push(what);
  }

  /** One end of a life is over. */
  report(report: LifeReport): void {
    for (const fault of report.faults) this.fault(`${report.life}, ${report.kind}, ${report.side}: ${fault}`);
    if (report.life === '') {
      // The client broke before it heard of its life: the server's side of that is all there is.
      if (report.sent + report.received > 0) this.fault(`${report.kind}: mails in a life without a name`);
      return;
    }
    const life = this.#life(report.life);
    life.reports.push(report);
    if (life.reports.length === 2) this.#settle(report.life, life);
  }

  /** All is over. Lives that their clients have never heard of are settled, too. */
  finish(): void {
    for (const [name, { reports, isHalfOpen }] of this.#lives) {
      const [only] = reports;
      if (only === undefined && !isHalfOpen) this.fault(`${name}: no end has ended`);
      else if (only === undefined) this.fault(`${name}: half open, and no end has noticed`);
      else if (only.side === 'client') this.fault(`${name}: the server's side never ended`);
      else if (only.received > 0 || (only.wasClean && only.sent > only.unsent)) {
        this.fault(`${name}: the client's side never ended`);
      }
    }
    this.#lives.clear();
  }

  #life(name: string): Life {
    let life = this.#lives.get(name);
    if (life === undefined) {
      life = { reports: [], isHalfOpen: false, isSilenced: false };
      this.#lives.set(name, life);
    }
    return life;
  }

  #settle(name: string, { reports, isHalfOpen, isSilenced }: Life): void {
    this.#lives.delete(name);
    const [a, b] = reports as [LifeReport, LifeReport];
    const say = (what: string): void => this.fault(`${name}, ${a.kind}: ${what} ${JSON.stringify({ a, b })}`);
    if (a.side === b.side) say('one side has reported twice');
    const { totals } = this;
    totals.lives++;
    totals.mails += a.received + b.received;
    const isClean = a.wasClean && b.wasClean;
    if (isClean) totals.clean++;
    else totals.broken++;
    const hasTimedOut = a.hasTimedOut || b.hasTimedOut;
    if (hasTimedOut) totals.timedOut++;
    const hasReason = hasTimedOut || a.hasLeft || b.hasLeft;
    if (isHalfOpen && !hasReason) say('was half open, and no end has noticed by its heartbeat');
    // Where the whole network comes and goes (nothing cuts) any life may be silent.
    if (hasTimedOut && this.#hasCuts && !isHalfOpen && !isSilenced) say('found silent, though nothing held its bytes');
    if (!isClean && !this.#hasCuts && !hasReason) say('has broken, though nothing has cut it');
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      // What was never handed on cannot come; of what is not told as unsent all has to, if both ends say that all is well.
      const most = from.sent - (from.unsent - from.mayBeSent);
      if (to.received > most) say(`the ${to.side} got ${to.received} mails of ${most} at most`);
      const lost = from.sent - from.unsent - to.received;
      if (isClean && lost > 0) say(`closed cleanly, and ${lost} mails to the ${to.side} are lost`);
      if (lost > 0) totals.lost += lost;
    }
  }
}
