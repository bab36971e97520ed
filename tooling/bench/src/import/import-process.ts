import type { ImportTime } from './measure.js';

// Imports the one module it is told to, in a process that has loaded nothing else, and prints what that took.
const before = process.cpuUsage();
const start = performance.now();
await import(process.argv[2] as string);
const wall = performance.now() - start;
const { user, system } = process.cpuUsage(before);
const time: ImportTime = { wall, cpu: (user + system) / 1000 };
process.stdout.write(JSON.stringify(time));
