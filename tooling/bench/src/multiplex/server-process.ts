/** The server of one contender: `node server-process.js NAME`. Prints its port; ends when its input does. */
import { type ContenderName, contenders } from './contenders/index.js';

const { listen } = await contenders[process.argv[2] as ContenderName]();
process.stdin.resume().once('end', () => process.exit(0));
process.stdout.write(`${JSON.stringify({ port: await listen() })}\n`);
