import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { Judge } from './judge.js';
import { type Ending, Program } from './program.js';
import type { RunTime } from './run-times.js';
import { ServerProgram } from './server-program.js';
import type { Said, Verdict } from './suite/lines.js';

/** What came of the suite between a client and a server. */
export interface PairResult {
  readonly client: string;
  readonly server: string;
  readonly verdicts: readonly Verdict[];
}

/** The names of what every process owes beside its cases. */
const OWED_BY_CLIENT = 'the client ends by itself, and has written nothing to stderr';
/** The same of the server. */
const OWED_BY_SERVER = 'the server ends by itself, and has written nothing to stderr';

/** Runs the suite of a process against a server. */
export async function runPair(
  client: RunTime,
  server: RunTime,
  suite: string,
  only: readonly string[] = [],
): Promise<PairResult> {
  const script = join(suite, 'server-process.js');
  const serving = new ServerProgram(server, script);
  const judge = new Judge(serving, server, script);
  const verdicts: Verdict[] = [];
  let isOver = (): void => {};
  const over = new Promise<void>((resolve) => {
    isOver = resolve;
  });
  const program = new Program(client, join(suite, 'client-process.js'), only, (value) => {
    const said = value as Said;
    if ('verdict' in said) verdicts.push(said.verdict);
    else if ('isDone' in said) isOver();
    else {
      const { id } = said;
      judge.answer(said.to, said.order, said.detail).then(
        (answer) => program.send({ id, value: answer }),
        (error: unknown) => program.send({ id, error: String(error) }),
      );
    }
  });
  await Promise.race([over, program.ended]);
  const endings = [await program.finish(), await serving.program.finish()] as const;
  await judge.clear();
  verdicts.push(verdictOn(OWED_BY_CLIENT, endings[0]), verdictOn(OWED_BY_SERVER, endings[1]));
  return { client: client.name, server: server.name, verdicts };
}

/** Runs the suite of a page against a server. */
export async function runPage(name: string, page: Page, server: RunTime, suite: string): Promise<PairResult> {
  const script = join(suite, 'server-process.js');
  const serving = new ServerProgram(server, script);
  const judge = new Judge(serving, server, script);
  const verdicts: Verdict[] = [];
  await page.exposeFunction('ask', async (...[to, order, detail]: Parameters<Judge['answer']>) => {
    try {
      return { value: await judge.answer(to, order, detail) };
    } catch (error) {
      return { error: String(error) };
    }
  });
  await page.exposeFunction('tell', (verdict: Verdict) => void verdicts.push(verdict));
  await page.evaluate(
    'suite.run(async (...order) => { const { value, error } = await ask(...order); if (error !== undefined) throw new Error(error); return value; }, tell)',
  );
  const ending = await serving.program.finish();
  await judge.clear();
  verdicts.push(verdictOn(OWED_BY_SERVER, ending));
  return { client: name, server: server.name, verdicts };
}

function verdictOn(name: string, { status, stderr }: Ending): Verdict {
  const isKept = status === 0 && stderr === '';
  return { name, duration: 0, ...(!isKept && { complaint: `it has ended with ${status}: ${stderr}` }) };
}
