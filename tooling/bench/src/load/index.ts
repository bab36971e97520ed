import { fileURLToPath } from 'node:url';
import { Child } from '../child.js';
import type { Job, Measurement } from './job.js';
import { parseWsload, wsloadArguments } from './wsload.js';

/** Carries out a job in a process of its own, pinned to `core`; with the program at `wsload` if one is given. */
export async function measure(job: Job, core: number | undefined, wsload: string | undefined): Promise<Measurement> {
  const child =
    wsload === undefined
      ? new Child(
          'load',
          process.execPath,
          [fileURLToPath(new URL('./process.js', import.meta.url)), JSON.stringify(job)],
          core,
        )
      : new Child('wsload', wsload, wsloadArguments(job), core);
  try {
    const line = await child.line((job.warmup + job.seconds) * 1000 + 60_000);
    return wsload === undefined ? (line as Measurement) : parseWsload(line);
  } finally {
    await child.stop();
  }
}
