import './virtual-time.js';
import fc from 'fast-check';
import { runCase } from './case.js';
import { plans } from './plan.js';

/** What was found of one kind, and how often. */
export interface Finding {
  readonly what: string;
  /** Numbers of the cases, in the order they were run. */
  readonly cases: number[];
}

/** Runs all cases whatever is found, the most frequent finding first: for who mends many things at a time. */
export async function survey(cases: number, seed: number): Promise<Finding[]> {
  const findings = new Map<string, Finding>();
  for (const [number, plan] of fc.sample(plans, { seed, numRuns: cases }).entries()) {
    const [fault] = (await runCase(plan)).faults;
    if (fault === undefined) continue;
    const what = `${plan.protocol}${plan.compress === false ? '' : ', compressed'}: ${kindOf(fault)}`;
    const finding = findings.get(what) ?? { what, cases: [] };
    finding.cases.push(number);
    findings.set(what, finding);
  }
  return [...findings.values()].sort((left, right) => right.cases.length - left.cases.length);
}

// The first line, without what differs from one case to the other.
function kindOf(fault: string): string {
  const [line = ''] = fault.split('\n');
  return line
    .replace(/"[^"]*"|[qp]0\w{4}/g, '…')
    .replace(/\d+/g, 'N')
    .replace(/client|server/g, 'an end');
}
