import { setTimeout as delay } from 'node:timers/promises';
import { dial, HandshakeError, Pool, Status } from 'webson';
import { Random } from '../random.js';
import { Correspondent, type CorrespondentEvents } from './correspondent.js';
import { KINDS, type Kind } from './kinds.js';
import { Postman } from './postman.js';

/** Options of {@link Guests}. */
export interface GuestsOptions extends CorrespondentEvents {
  /** Where the servers are, or what stands before them. */
  readonly address: string;
  /** One for each of the kinds. */
  readonly ports: readonly number[];
  readonly count: number;
  readonly seed: number;
  readonly onFault: (what: string) => void;
}

/** Attempts that a client may need to come back. */
const MOST_ATTEMPTS = 40;
/** Milliseconds until every one has to be there, once nothing stands in the way. */
const ALL_BACK = 30_000;
const GO_INTERVAL = 300;

/** Clients of all kinds in a pool that dials them again for ever; now and then one goes, and another comes. */
export class Guests {
  readonly #options: GuestsOptions;
  readonly #random: Random;
  readonly #pool = new Pool({
    name: 'guests',
    clientRetry: Number.POSITIVE_INFINITY,
    retryInterval: 50,
    maxRetryInterval: 1000,
  });
  readonly #members = new Set<Correspondent>();
  readonly #postman: Postman;
  #timer: NodeJS.Timeout | undefined;
  #coming = 0;
  #redials = 0;
  #mostAttempts = 0;
  #come = 0;

  constructor(options: GuestsOptions) {
    this.#options = options;
    this.#random = new Random(options.seed);
    this.#postman = new Postman(new Random(options.seed + 1), () => [...this.#members]);
    this.#pool.onRedial(({ step, attempt }) => {
      if (step !== 'ready') return;
      this.#redials++;
      this.#mostAttempts = Math.max(this.#mostAttempts, attempt);
      if (attempt > MOST_ATTEMPTS) options.onFault(`a client needed ${attempt} attempts to come back`);
    });
  }

  /** How often a client has come back, and the attempts that the slowest needed. */
  get redials(): { readonly count: number; readonly mostAttempts: number } {
    return { count: this.#redials, mostAttempts: this.#mostAttempts };
  }

  /** All come in. */
  async come(): Promise<void> {
    await Promise.all(Array.from({ length: this.#options.count }, () => this.#enter()));
  }

  /** They begin to send, and to come and go. */
  begin(): void {
    this.#postman.begin();
    this.#timer ??= setInterval(() => {
      const all = [...this.#members];
      all[this.#random.below(all.length)]?.leave();
      void this.#enter();
    }, GO_INTERVAL);
  }

  /** Nobody comes or goes any more, or sends. Resolves when all are there, with those that have to be: else it is a fault. */
  async settle(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    const end = performance.now() + ALL_BACK;
    while (this.#coming > 0 || this.#missing().length > 0) {
      if (performance.now() > end) {
        const names = this.#missing().map(({ connection }) => `status ${connection.status}`);
        this.#options.onFault(
          `${names.length} clients did not come back (${names.join()}), ${this.#coming} never came`,
        );
        break;
      }
      await delay(20);
    }
    this.#postman.stop();
  }

  /** All go, and nothing is left. */
  async leave(): Promise<void> {
    await this.#pool.drain({ batch: 50, interval: 10, deadline: 20_000 });
    if (this.#pool.size > 0) this.#options.onFault('the pool of clients is not empty at the end');
  }

  #missing(): Correspondent[] {
    return [...this.#members].filter(({ connection, life }) => connection.status !== Status.Ready || life === '');
  }

  // The first attempt is retried here: a pool takes in what is connected.
  async #enter(): Promise<void> {
    this.#coming++;
    const index = this.#come++ % KINDS.length;
    const kind = KINDS[index] as Kind;
    const { address, ports } = this.#options;
    const scheme = kind.client.tls === undefined ? 'ws' : 'wss';
    for (;;) {
      try {
        const connection = await dial(`${scheme}://${address}:${ports[index]}/`, kind.client);
        const member = new Correspondent(connection, kind, {
          onReport: (report) => {
            if (report.hasLeft) this.#members.delete(member);
            this.#options.onReport(report);
          },
          onSilent: (end) => this.#options.onSilent?.(end),
        });
        this.#members.add(member);
        this.#pool.add(connection);
        break;
      } catch (error) {
        if (!(error instanceof HandshakeError)) throw error;
        await delay(100 + this.#random.below(200));
      }
    }
    this.#coming--;
  }
}
