import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { renderResults, renderTable, summarize } from './report.js';
import { allJobs, runJobs } from './runner/suite.js';

const HELP = `The conformance suite of webson: every case in both roles, in memory and over TCP.

  --filter TEXT     only cases whose id contains TEXT
  --ground GROUND   memory or sockets; both by default
  --list            print the cases instead of running them
  --json            print all results as JSON
  --results FILE    write the table to FILE
  --help
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      filter: { type: 'string', default: '' },
      ground: { type: 'string' },
      list: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      results: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const jobs = allJobs().filter(({ id, ground }) => {
    return id.includes(values.filter) && (values.ground === undefined || ground === values.ground);
  });
  if (jobs.length === 0) throw new Error('no case is like that');
  if (values.list) {
    const lines = new Map(jobs.map(({ id, rule, title }) => [id, `${id}\n    ${title} (${rule})\n`]));
    process.stdout.write([...lines.values()].join(''));
    return;
  }
  const results = await runJobs(jobs, ({ job, failure }) => {
    if (failure !== undefined) process.stderr.write(`FAILED ${job.id}\n  ${job.title} (${job.rule})\n  ${failure}\n`);
  });
  const rows = summarize(results);
  if (values.json) {
    const list = results.map(({ job: { section, id, title, rule, ground, role }, executions, failure }) => {
      return { section, id, title, rule, ground, role, executions, ...(failure === undefined ? {} : { failure }) };
    });
    process.stdout.write(`${JSON.stringify({ rows, results: list }, undefined, 2)}\n`);
  } else {
    process.stdout.write(`\n${renderTable(rows)}`);
  }
  if (values.results !== undefined) writeFileSync(values.results, renderResults(rows));
  if (rows.some(({ failed }) => failed > 0)) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`conformance: ${(error as Error).message}\n`);
  process.exitCode = 2;
}
