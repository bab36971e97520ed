import { frameworks } from './shown/frameworks.js';
import { runAll } from './support/run-all.js';

runAll(frameworks);
