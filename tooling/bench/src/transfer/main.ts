import { writeFileSync } from 'node:fs';
import { help, parseTransferOptions, type TransferOptions } from './options.js';
import { isSound, renderHead, renderRow } from './report.js';
import { runTransfer, type TransferResult } from './transfer.js';

async function main({ transfers, cores, json }: TransferOptions): Promise<void> {
  const results: TransferResult[] = [];
  process.stdout.write(renderHead(cores.note));
  for (const transfer of transfers) {
    const result = await runTransfer(transfer, cores);
    process.stdout.write(renderRow(result));
    results.push(result);
  }
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(results, undefined, 2)}\n`);
  if (!results.every(isSound)) process.exitCode = 1;
}

try {
  const options = parseTransferOptions(process.argv.slice(2));
  if (options === undefined) process.stdout.write(help);
  else await main(options);
} catch (error) {
  process.stderr.write(`transfer: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
