import type { Random } from '../random.js';
import type { Correspondent } from './correspondent.js';

/** Milliseconds from one beat to the next, and who sends in one. */
const BEAT = 20;
const SENDERS_PER_BEAT = 8;
const MAILS = 3;

/** Lets correspondents send, now this one, now that one. */
export class Postman {
  readonly #random: Random;
  readonly #all: () => readonly Correspondent[];
  #timer: NodeJS.Timeout | undefined;

  constructor(random: Random, all: () => readonly Correspondent[]) {
    this.#random = random;
    this.#all = all;
  }

  begin(): void {
    this.#timer ??= setInterval(() => this.#beat(), BEAT);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #beat(): void {
    const all = this.#all();
    if (all.length === 0) return;
    for (let i = 0; i < SENDERS_PER_BEAT; i++) {
      const sender = all[this.#random.below(all.length)];
      for (let mails = this.#random.below(MAILS + 1); mails > 0; mails--) sender?.send(this.#random);
    }
  }
}
