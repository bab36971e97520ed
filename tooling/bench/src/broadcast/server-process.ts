/** A process with one server in it: `node server-process.js ws|webson`. Prints its port; ends when its input does. */
import { createPayload, type StartBroadcast } from './server.js';

const loading: Promise<{ start: StartBroadcast }> =
  process.argv[2] === 'ws' ? import('./ws.js') : import('./webson.js');
const { start } = await loading;
const server = await start(createPayload());

process.stdin.resume().once('end', () => {
  // One that does not stop is ended all the same.
  setTimeout(() => process.exit(0), 1000);
  server.stop();
});
process.stdout.write(`${JSON.stringify({ port: server.port })}\n`);
