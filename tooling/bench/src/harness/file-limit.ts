import { execFileSync } from 'node:child_process';

/** Shell that takes as many open files as it may have, up to 65,536. */
const RAISE = 'ulimit -n 65536 2>/dev/null || ulimit -n "$(ulimit -H -n)" 2>/dev/null';
/** Files a process has open beside its connections, with room to spare. */
const OWN_FILES = 100;

/** Arguments of `sh` that run a command with the most open files there can be. */
export function withMostFiles(command: string, args: readonly string[]): string[] {
  return ['-c', `${RAISE}; exec "$0" "$@"`, command, ...args];
}

/** How many connections one process of this machine can have open. */
export function mostConnections(): number {
  const limit = execFileSync('sh', ['-c', `${RAISE}; ulimit -n`], { encoding: 'utf8' }).trim();
  return limit === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit) - OWN_FILES;
}
