import type { Role } from '../case.js';
import type { TcpCase } from '../cases/tcp.js';
import type { Outcome } from './memory.js';

/** Runs a case that is about TCP itself. */
export async function runTcp(testCase: TcpCase, role: Role): Promise<Outcome> {
  try {
    await testCase.run(role);
    return { executions: 1 };
  } catch (error) {
    return { executions: 1, failure: `${role}, on TCP: ${(error as Error).message}` };
  }
}
