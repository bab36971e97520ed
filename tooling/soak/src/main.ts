/** `node --expose-gc main.js [--seconds 300] [--connections 1000] [--seed N]`: 0 when every message came as the rules say. */
import { parseArgs } from 'node:util';
import { Soak, type SoakResult } from './soak.js';

/** Bytes that a run may leave behind: what is compiled or cached in the course of it. */
const TOLERANCE = 8 * 1024 * 1024;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '300' },
    connections: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const [seconds, connections, seed] = [values.seconds, values.connections, values.seed].map(Number) as [
  number,
  number,
  number,
];

async function memory(): Promise<number> {
  for (let i = 0; i < 10; i++) {
    global.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

// Once in small, so that what is made once is there before memory is looked at.
await new Soak({ connections: Math.min(connections, 300), seconds: Math.min(seconds, 3), seed: seed + 1 }).run();
const before = await memory();
const result: SoakResult = await new Soak({ connections, seconds, seed }).run();
const after = await memory();
const faults = [...result.faults];
if (global.gc !== undefined && after - before > TOLERANCE) faults.push(`${mebibytes(after - before)} were left behind`);
const { published, delivered, lives, redials, refused } = result;
process.stdout.write(
  `seed ${seed}: ${published} messages published, ${delivered} delivered to ${lives} lives of ${connections} connections, ` +
    `${redials} redials, ${refused} refused; memory ${mebibytes(before)} before, ${mebibytes(after)} after\n`,
);
for (const fault of faults.slice(0, 20)) process.stdout.write(`FAULT ${fault}\n`);
if (faults.length > 0) process.stdout.write(`${faults.length} faults\n`);
process.exitCode = faults.length > 0 || delivered === 0 ? 1 : 0;
