/** Work that goes on elsewhere until it calls `next`. */
export type ThreadJob = (next: () => void) => void;

/**
 * Work in other threads for all connections of the process: at most `limit` jobs are under way, the others wait. Owners
 * take turns, so that one with many jobs holds nobody up for longer than one job takes.
 */
export class ThreadJobs {
  readonly #limit: number;
  readonly #waiting = new Map<object, ThreadJob[]>();
  #running = 0;

  /** @param limit 1 or more. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Jobs that are under way. */
  get running(): number {
    return this.#running;
  }

  /** Does the job when its turn has come; those of one owner begin in the order of the calls. */
  run(owner: object, job: ThreadJob): void {
    const jobs = this.#waiting.get(owner);
    if (jobs === undefined) this.#waiting.set(owner, [job]);
    else jobs.push(job);
    this.#fill();
  }

  /** Forgets the jobs of an owner that have not begun. */
  drop(owner: object): void {
    this.#waiting.delete(owner);
  }

  #fill(): void {
    while (this.#running < this.#limit) {
      const [entry] = this.#waiting;
      if (entry === undefined) return;
      const [owner, jobs] = entry;
      this.#waiting.delete(owner);
      const job = jobs.shift();
      // Behind all others.
      if (jobs.length > 0) this.#waiting.set(owner, jobs);
      if (job !== undefined) this.#start(job);
    }
  }

  #start(job: ThreadJob): void {
    this.#running++;
    job(() => {
      this.#running--;
      this.#fill();
    });
  }
}

/** Those of this process. Node's pool has four threads by default, for files and names too: one is left to them. */
export const threadJobs: ThreadJobs = new ThreadJobs(3);
