/** Starts work in another thread, and calls `next` once that has ended. */
export type ThreadJob = (next: () => void) => void;

/**
 * The jobs in other threads, for all connections of the process.
 *
 * - At most `limit` jobs are under way; the others wait.
 * - Owners take turns, so that an owner with many jobs delays another by no more than one job.
 * - The jobs of one owner begin in the order in which they were given.
 */
export class ThreadJobs {
  readonly #limit: number;
  readonly #waiting = new Map<object, ThreadJob[]>();
  #running = 0;

  /** @param limit 1 or more. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The number of jobs under way. */
  get running(): number {
    return this.#running;
  }

  /** Starts the job when the turn of its owner has come, at once if there is room. */
  run(owner: object, job: ThreadJob): void {
    const jobs = this.#waiting.get(owner);
    if (jobs === undefined) this.#waiting.set(owner, [job]);
    else jobs.push(job);
    this.#fill();
  }

  /** Forgets the waiting jobs of an owner. */
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
      // An owner with further jobs goes to the end of the line.
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

/** The jobs of this process. Node's pool has four threads by default; one is left for files and name look-ups. */
export const threadJobs: ThreadJobs = new ThreadJobs(3);
