/** A process with one server in it: `node process.js NAME`. Prints its port as a line of JSON; ends when its input does. */
import { serverKinds } from './index.js';

const name = process.argv[2];
const kind = serverKinds.find((candidate) => candidate.name === name);
if (kind === undefined) throw new Error(`no server is called ${name}`);
const start = await kind.load();
const server = await start();

async function end(): Promise<void> {
  setTimeout(() => process.exit(1), 1500).unref(); // a server that does not stop is ended all the same
  await server.stop();
  process.exit(0);
}

process.stdin.resume().once('end', end);
process.once('SIGTERM', end);
process.stdout.write(`${JSON.stringify({ port: server.port })}\n`);
