#!/usr/bin/env node
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { readArguments, runCommand } from '@webson/terminal';

const help = `Makes secrets for a server and its clients, in a file that only you can read and that must not be there yet.

  npx -y pnpm@12 --silent secrets [FILE]      (secrets.json)
`;

await runCommand('secrets', async (args) => {
  const { values, positionals } = readArguments(args, (list) =>
    parseArgs({
      args: list,
      allowPositionals: true,
      options: { help: { type: 'boolean', short: 'h', default: false } },
    }),
  );
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const [psk, magicKey, privateMask] = [32, 32, 32].map((size) => randomBytes(size).toString('hex'));
  const [file = 'secrets.json'] = positionals;
  const text = `${JSON.stringify({ psk, magicKey, privateMask }, undefined, 2)}\n`;
  writeFileSync(file, text, { flag: 'wx', mode: 0o600 });
  process.stdout.write(`${file}: give it to both sides, on a way that nobody watches\n`);
});
