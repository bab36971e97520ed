import { createHash } from 'node:crypto';
import type { EndpointResult } from './job.js';

/** Memory is looked at every so many bytes: often enough to see what a moment's backlog takes. */
const LOOK_EVERY = 1024 * 1024;

/** Counts and hashes what passes through one process, and watches its memory meanwhile. */
export class Meter {
  readonly #hash = createHash('sha256');
  readonly #baseline = process.memoryUsage.rss();
  readonly #cpu = process.cpuUsage();
  #peak = this.#baseline;
  #begin = 0;
  #bytes = 0;
  #lookAt = 0;

  /** Counts the next bytes. */
  pass(chunk: Uint8Array): void {
    if (this.#bytes === 0) this.#begin = performance.now();
    this.#hash.update(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes < this.#lookAt) return;
    this.#lookAt = this.#bytes + LOOK_EVERY;
    this.#look();
  }

  /** What was found; once. */
  result(): EndpointResult {
    this.#look();
    const { user, system } = process.cpuUsage(this.#cpu);
    return {
      bytes: this.#bytes,
      sha256: this.#hash.digest('hex'),
      seconds: (performance.now() - this.#begin) / 1000,
      cpuSeconds: (user + system) / 1e6,
      baseline: this.#baseline,
      growth: this.#peak - this.#baseline,
    };
  }

  #look(): void {
    this.#peak = Math.max(this.#peak, process.memoryUsage.rss());
  }
}
