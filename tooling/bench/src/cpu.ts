import { readdirSync, readFileSync } from 'node:fs';

/** What a process has used so far, in seconds. */
export interface CpuTime {
  /** Time on a core, of all its threads. */
  readonly busy: number;
  /** Time its main thread was ready to run while something else had the core; 0 where the system does not tell. */
  readonly waiting: number;
}

/** Reads another process's times from /proc (Linux); undefined elsewhere. */
export function cpuTimeOf(pid: number): CpuTime | undefined {
  try {
    let busy = 0;
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      busy += schedstat(`/proc/${pid}/task/${thread}/schedstat`).busy;
    }
    return { busy, waiting: schedstat(`/proc/${pid}/schedstat`).waiting };
  } catch {
    return undefined;
  }
}

/** This process's own times; portable. */
export function ownCpuTime(): CpuTime {
  const { user, system } = process.cpuUsage();
  return { busy: (user + system) / 1e6, waiting: cpuTimeOf(process.pid)?.waiting ?? 0 };
}

function schedstat(path: string): CpuTime {
  const [busy = 0, waiting = 0] = readFileSync(path, 'utf8').split(' ').map(Number);
  return { busy: busy / 1e9, waiting: waiting / 1e9 };
}
