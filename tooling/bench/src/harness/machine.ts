import { createRequire } from 'node:module';
import { cpus, release } from 'node:os';

/** What a measurement was made on, and of which versions. */
export interface Machine {
  readonly date: string;
  readonly node: string;
  readonly ws: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cpus: number;
}

/** This machine, now. */
export function thisMachine(): Machine {
  return {
    date: new Date().toISOString(),
    node: process.version,
    ws: (createRequire(import.meta.url)('ws/package.json') as { version: string }).version,
    platform: `${process.platform} ${release()} ${process.arch}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    cpus: cpus().length,
  };
}
