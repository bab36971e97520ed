/** A process with one server in it: `node server-process.js ws|webson`. Prints its port; ends when its input does. */
import { endWithInput, tell } from '../harness/program.js';
import { type ContenderName, contenders } from './contenders/index.js';
import { createPayload } from './payload.js';

const { start } = await contenders[process.argv[2] as ContenderName]();
const server = await start(createPayload());
endWithInput(() => server.stop());
tell({ port: server.port });
