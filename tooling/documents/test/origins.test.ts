import { origins } from './shown/origins.js';
import { runAll } from './support/run-all.js';

runAll(origins);
