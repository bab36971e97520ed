/**
 * A process with one server in it: `node [--expose-gc] server-process.js NAME`. Prints its port as a line of JSON, and its
 * memory for every line it reads: the number of sockets to wait for. Ends when its input does.
 */
import { settledMemory } from '../../harness/memory.js';
import { answerInput, tell } from '../../harness/program.js';
import { serverKinds } from './index.js';
import { runtimeKinds } from './on-runtimes.js';

const name = process.argv[2];
const kind = [...serverKinds, ...runtimeKinds].find((candidate) => candidate.name === name);
if (kind === undefined) throw new Error(`no server is called ${name}`);
const start = await kind.load();
const server = await start();
tell({ port: server.port });
await answerInput(
  (line) => settledMemory(Number(line)),
  () => server.stop(),
);
