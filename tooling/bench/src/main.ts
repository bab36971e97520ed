/** `node dist/main.js [NAME] [OPTIONS]`: runs the bench of that name, or `echo`, the main one. */
import { benches, listBenches } from './benches.js';

const given = process.argv.slice(2);
const args = given[0] === '--' ? given.slice(1) : given; // a package manager passes it on
const isNamed = args[0] !== undefined && !args[0].startsWith('-');
const [name, rest] = isNamed ? [args[0] as string, args.slice(1)] : ['echo', args];

if (!isNamed && (args.includes('--help') || args.includes('-h'))) {
  process.stdout.write(`bench [NAME] [OPTIONS], where NAME is one of\n\n${(await listBenches()).join('\n')}\n\n`);
  process.stdout.write(
    'or is left out for echo, whose options are below; bench NAME --help has those of the others.\n\n',
  );
}
const load = Object.hasOwn(benches, name) ? benches[name] : undefined;
if (load === undefined) {
  process.stderr.write(`bench: there is no ${name}; there are\n\n${(await listBenches()).join('\n')}\n`);
  process.exitCode = 2;
} else {
  process.exitCode = await (await load()).run(rest);
}
