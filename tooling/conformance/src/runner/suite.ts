import { type Case, ROLES, type Role } from '../case.js';
import { deflateSections } from '../cases/deflate.js';
import { sections } from '../cases/index.js';
import { tcpCases } from '../cases/tcp.js';
import { runDeflate } from './deflate.js';
import { type Outcome, runInMemory } from './memory.js';
import { runOnSockets } from './sockets.js';
import { runTcp } from './tcp.js';

/** Where a case is run: over a transport in memory, cut in every way, or once over TCP. */
export type Ground = 'memory' | 'sockets';

/** One case, to be run in one role on one ground. */
export interface Job {
  readonly section: string;
  readonly id: string;
  readonly title: string;
  readonly rule: string;
  readonly ground: Ground;
  readonly role: Role;
  /** True when it moves much data: one at a time then. */
  readonly isHeavy: boolean;
  readonly run: () => Promise<Outcome>;
}

/** How a job ended. */
export interface JobResult extends Outcome {
  readonly job: Job;
}

/** The name of the section of cases about TCP. */
export const TCP_SECTION = 'tcp';

/** All jobs, in order. */
export function allJobs(): Job[] {
  const jobs = sections.flatMap(({ name, cases }) => cases.flatMap((testCase) => jobsOf(name, testCase)));
  for (const { id, title, rule, run } of tcpCases) {
    for (const role of ROLES) {
      const testCase = { id, title, rule, run };
      const common = { section: TCP_SECTION, id, title, rule, ground: 'sockets', role, isHeavy: false } as const;
      jobs.push({ ...common, run: () => runTcp(testCase, role) });
    }
  }
  for (const { name, cases } of deflateSections) {
    for (const testCase of cases) {
      const { id, title, rule } = testCase;
      for (const role of ROLES) {
        const common = { section: name, id, title, rule, ground: 'sockets', role, isHeavy: true } as const;
        jobs.push({ ...common, run: () => runDeflate(testCase, role) });
      }
    }
  }
  return jobs;
}

function jobsOf(section: string, testCase: Case): Job[] {
  const { id, title, rule } = testCase;
  const common = { section, id, title, rule, isHeavy: typeof testCase.steps === 'function' };
  return ROLES.flatMap((role): Job[] => [
    { ...common, ground: 'memory', role, run: () => runInMemory(testCase, role) },
    { ...common, ground: 'sockets', role, run: () => runOnSockets(testCase, role) },
  ]);
}

/** Connections open at the same time. */
const AT_ONCE = 8;

/** Runs the jobs; those on sockets that are not heavy several at a time. */
export async function runJobs(
  jobs: readonly Job[],
  onResult: (result: JobResult) => void = () => {},
): Promise<JobResult[]> {
  const results: JobResult[] = [];
  const runOne = async (job: Job): Promise<void> => {
    const result = { job, ...(await job.run()) };
    results.push(result);
    onResult(result);
  };
  const light = jobs.filter(({ ground, isHeavy }) => ground === 'sockets' && !isHeavy);
  const work = async (): Promise<void> => {
    for (let job = light.shift(); job !== undefined; job = light.shift()) await runOne(job);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  for (const job of jobs) {
    if (job.ground === 'memory' || job.isHeavy) await runOne(job);
  }
  return results;
}
