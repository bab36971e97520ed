/** The server of one contender: `node server-process.js NAME`. Prints its port; ends when its input does. */
import { endWithInput, tell } from '../harness/program.js';
import { type ContenderName, contenders } from './contenders/index.js';

const { listen } = await contenders[process.argv[2] as ContenderName]();
endWithInput();
tell({ port: await listen() });
