import type { PayloadKind } from '../payload.js';
import type { Job, Measurement } from './job.js';

/** How `wsload` is asked for each kind of messages. */
const payloadArguments: Readonly<Record<PayloadKind, readonly string[]>> = {
  binary: ['-b'],
  text: [],
  unicode: ['-U'],
};

/** Arguments of `wsload`, a load generator in C outside this repository, for the same job. */
export function wsloadArguments(job: Job): string[] {
  const { connections, size, inFlight, payload = 'binary' } = job.cell;
  const values = { p: job.port, n: connections, s: size, w: inFlight, t: job.seconds, W: job.warmup, P: job.serverPid };
  const mode = job.speech === 'bytes' ? 'raw' : 'echo';
  const numbers = Object.entries(values).flatMap(([name, value]) => [`-${name}`, String(value)]);
  return [mode, ...numbers, ...payloadArguments[payload], '-j'];
}

/** Reads the line of JSON that `wsload -j` prints. Its shares are per cent. */
export function parseWsload(line: unknown): Measurement {
  const found = line as Record<string, unknown>;
  const number = (name: string): number => {
    const value = found[name];
    if (typeof value !== 'number') throw new Error(`wsload printed no ${name}`);
    return value;
  };
  const errors = number('errors');
  return {
    messages: Math.round(number('rate') * number('secs')),
    seconds: number('secs'),
    messagesPerSecond: number('rate'),
    loadCpu: number('cpu_load') / 100,
    loadWaiting: number('wait_load') / 100,
    serverCpu: number('cpu_server') / 100,
    serverWaiting: number('wait_server') / 100,
    errors,
    lost: number('lost'),
    ...(errors > 0 && { firstError: 'see what wsload wrote' }),
  };
}
