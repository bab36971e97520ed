/** `node dist/import/main.js [runs]`: how long `import('webson')` takes beside `import('ws')`. */
import { measureImports, renderImports } from './measure.js';

const runs = Number(process.argv[2] ?? 51);
if (Number.isInteger(runs) && runs > 0) {
  process.stdout.write(renderImports(await measureImports(['ws', 'webson'], runs), runs));
} else {
  process.stderr.write(`import: ${process.argv[2]} is not a number of runs\n`);
  process.exitCode = 2;
}
