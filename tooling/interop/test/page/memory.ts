import { readFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { onTestFinished } from 'vitest';

const MIB = 1024 * 1024;

/** Resident memory of the processes of Chromium by their kind, in MiB. */
export interface BrowserMemory {
  /** Of all pages together. */
  readonly renderer: number;
  /** Of what pages share, the network among it. */
  readonly shared: number;
}

/** Reads the memory of the processes of a browser (Linux). */
export async function memoryOf(browser: Browser): Promise<BrowserMemory> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const sum = { renderer: 0, shared: 0 };
  for (const { id, type } of processInfo) {
    sum[type === 'renderer' ? type : 'shared'] += await resident(id);
  }
  return sum;
}

/** Resident memory of a process in MiB; 0 when it has ended. */
async function resident(id: number): Promise<number> {
  const status = await readFile(`/proc/${id}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
}

/** Looks at the memory of a browser, and of this process, every now and then, and keeps what was most. */
export class MemoryWatch {
  readonly most = { renderer: 0, shared: 0, server: 0 };
  #isOver = false;
  readonly #done: Promise<void>;

  /** It looks until `stop` is called, or the test is finished. */
  constructor(browser: Browser) {
    this.#done = this.#look(browser);
    onTestFinished(async () => void (await this.stop()));
  }

  /** Stops looking. @returns what was most, in MiB. */
  async stop(): Promise<MemoryWatch['most']> {
    this.#isOver = true;
    await this.#done;
    return this.most;
  }

  async #look(browser: Browser): Promise<void> {
    while (!this.#isOver) {
      const now = { ...(await memoryOf(browser)), server: process.memoryUsage.rss() / MIB };
      for (const kind of Object.keys(now) as (keyof typeof now)[]) {
        this.most[kind] = Math.max(this.most[kind], Math.round(now[kind]));
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
