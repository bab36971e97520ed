/**
 * A process with one echo server with compression in it: `node --expose-gc server-process.js NAME SETTINGS`. Prints its port
 * as a line of JSON, and for every line of input the memory it holds after a collection. Ends when its input does.
 */
import { collectedMemory } from '../harness/memory.js';
import { answerInput, tell } from '../harness/program.js';
import type { DeflateSettings } from './cells.js';
import { type ContenderName, contenders } from './contenders/index.js';

const [name, settings = '{}'] = process.argv.slice(2);
const { start } = await contenders[name as ContenderName]();
const { port } = await start(JSON.parse(settings) as DeflateSettings);
tell({ port });
await answerInput(async () => (await collectedMemory(3, 50)).rss);
