import { fromWs } from './shown/from-ws.js';
import { runAll } from './support/run-all.js';

runAll(fromWs);
