/**
 * A process with one server in it that tells its memory: `node --expose-gc server-process.js NAME`. Prints its port as a
 * line of JSON, then its memory for every line it reads: the number of sockets to wait for. Ends when its input does.
 */
import { createInterface } from 'node:readline';
import { serverKinds } from '../servers/index.js';
import { settledMemory } from './memory.js';

const name = process.argv[2];
const kind = serverKinds.find((candidate) => candidate.name === name);
if (kind === undefined) throw new Error(`no server is called ${name}`);
const start = await kind.load();
const server = await start();
process.stdout.write(`${JSON.stringify({ port: server.port })}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await settledMemory(Number(line)))}\n`);
}
setTimeout(() => process.exit(1), 1500).unref(); // a server that does not stop is ended all the same
await server.stop();
process.exit(0);
