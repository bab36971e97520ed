import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { codecPlan, measureCodec } from './codec.js';
import { allContestants } from './contestants.js';
import { renderCodec, summarizeCodec } from './report.js';

const { values } = parseArgs({
  options: { json: { type: 'string' } },
  allowPositionals: true, // the `--` that a package manager passes on
});
const report = summarizeCodec(codecPlan, await measureCodec(codecPlan, allContestants()));
process.stdout.write(renderCodec(report));
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
