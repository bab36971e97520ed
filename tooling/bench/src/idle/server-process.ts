/**
 * A process with one server in it: `node --expose-gc server-process.js ws|webson`. Prints its port; for every line of
 * input the memory it holds; ends when its input does.
 */
import { collectedMemory } from '../harness/memory.js';
import { answerInput, tell } from '../harness/program.js';
import { type ContenderName, contenders } from './contenders/index.js';

/** What a process holds, in bytes, after everything that can be collected was. */
export interface Held {
  readonly rss: number;
  readonly heap: number;
}

const { start } = await contenders[process.argv[2] as ContenderName]();
const { port } = await start();
tell({ port });
await answerInput(async (): Promise<Held> => {
  const { rss, heapUsed } = await collectedMemory(5, 100);
  return { rss, heap: heapUsed };
});
