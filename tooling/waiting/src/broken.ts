/**
 * `node broken.js NAME`: breaks the built code as `breaks.ts` says, for this process alone, and looks whether that is found:
 * by the case of its name, and by chance. Prints both findings as JSON.
 */
import { register } from 'node:module';
import { BREAKS } from './breaks.js';

const CASES = 6000;

const [, , name = ''] = process.argv;
const chosen = BREAKS[name];
if (chosen === undefined) throw new Error(`nothing is broken by the name of ${JSON.stringify(name)}`);
register('./breaking.js', import.meta.url, { data: name });
const { runCase } = await import('./case.js');
const { runCases } = await import('./run.js');
const { KNOWN, ordersOf } = await import('./known.js');

let known: string | undefined;
for (const plan of ordersOf(KNOWN[chosen.known]!)) {
  [known] = (await runCase(plan)).faults;
  if (known !== undefined) break;
}
const { failure, cases } = await runCases({ cases: CASES, seed: 1, shrinkingTime: 0 });
process.stdout.write(JSON.stringify({ known, random: failure?.split('\n')[0], cases }));
