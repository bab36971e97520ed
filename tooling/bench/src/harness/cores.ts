import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Where the two sides of a measurement run. */
export interface Cores {
  /** Core of the server and core of the load; undefined: not pinned. */
  readonly server?: number;
  readonly load?: number;
  /** For the report: what was done, or why it was not. */
  readonly note: string;
}

/** Picks two cores this process may use, of two different physical ones where there are such. */
export function chooseCores(): Cores {
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' });
  } catch {
    return { note: 'NOT PINNED: no taskset here' };
  }
  const allowed = parseCoreList(
    /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '',
  );
  const [server] = allowed;
  if (server === undefined || allowed.length < 2)
    return { note: 'NOT PINNED: only one core, servers and load share it' };
  const twins = siblings(server);
  const load = allowed.find((core) => !twins.includes(core));
  if (load !== undefined) return { server, load, note: `servers pinned to core ${server}, load to core ${load}` };
  const twin = allowed[1] as number;
  return { server, load: twin, note: `servers pinned to core ${server}, load to ${twin}, a THREAD OF THE SAME CORE` };
}

/** `0-2,5` as [0, 1, 2, 5]. */
export function parseCoreList(list: string): number[] {
  return list.split(',').flatMap((range) => {
    const [first = Number.NaN, last = first] = range.trim().split('-').filter(Boolean).map(Number);
    return Number.isNaN(first) ? [] : Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

function siblings(core: number): number[] {
  try {
    return parseCoreList(readFileSync(`/sys/devices/system/cpu/cpu${core}/topology/thread_siblings_list`, 'utf8'));
  } catch {
    return [core];
  }
}
