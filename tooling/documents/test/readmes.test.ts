import { readmes } from './shown/readmes.js';
import { runAll } from './support/run-all.js';

runAll(readmes);
