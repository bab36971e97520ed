import { readdirSync, readFileSync } from 'node:fs';

/** What a process has used so far, in seconds. */
export interface CpuTime {
  /** Time on a core, of all its threads. */
  readonly busy: number;
  /** Time its main thread was ready to run while something else had the core; 0 where the system does not tell. */
  readonly waiting: number;
}

/** Reads another process's times from /proc (Linux); undefined elsewhere. */
function cpuTimeOf(pid: number): CpuTime | undefined {
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

/** Shares of a core that a process had, and that it had to wait for because something else had it; 1 = all of it. */
export interface Share {
  readonly cpu: number;
  readonly waiting: number;
}

/** What this process and the one it works with had of their cores between two moments. */
export interface Usage {
  readonly seconds: number;
  readonly own: Share;
  /** Of the other process; undefined where the system does not tell. */
  readonly other?: Share;
}

/** Begins to watch this process and another one; the function returned says what they used since. */
export function watchCpu(pid: number): () => Usage {
  const before = { clock: performance.now(), own: ownCpuTime(), other: cpuTimeOf(pid) };
  return () => {
    const after = { clock: performance.now(), own: ownCpuTime(), other: cpuTimeOf(pid) };
    const seconds = (after.clock - before.clock) / 1000;
    const share = (from: CpuTime, to: CpuTime): Share => ({
      cpu: (to.busy - from.busy) / seconds,
      waiting: (to.waiting - from.waiting) / seconds,
    });
    return {
      seconds,
      own: share(before.own, after.own),
      ...(before.other && after.other && { other: share(before.other, after.other) }),
    };
  };
}

/** This process's own times; portable. */
function ownCpuTime(): CpuTime {
  const { user, system } = process.cpuUsage();
  return { busy: (user + system) / 1e6, waiting: cpuTimeOf(process.pid)?.waiting ?? 0 };
}

function schedstat(path: string): CpuTime {
  const [busy = 0, waiting = 0] = readFileSync(path, 'utf8').split(' ').map(Number);
  return { busy: busy / 1e9, waiting: waiting / 1e9 };
}
