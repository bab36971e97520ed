import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

// Every program that the README of `@webson/testing` shows runs as it stands there, and prints what it says.
const readme = readFileSync(new URL('../../testing/README.md', import.meta.url), 'utf8');
const folder = new URL('../.cache/documents/', import.meta.url);

interface Shown {
  readonly title: string;
  readonly code: string;
  /** What stands below it as its output. */
  readonly output: string | undefined;
}

const shown: Shown[] = [...readme.matchAll(/```js\n([\s\S]*?)\n```\n(?:\n```\n([\s\S]*?)```)?/g)].map(
  ([, code = '', output], index) => ({ title: `${index + 1}: ${code.split('\n').at(-1)}`, code, output }),
);

test('there are programs in it', () => {
  expect(shown).toHaveLength(6);
  expect(shown.filter(({ output }) => output !== undefined)).toHaveLength(5);
});

test.each(shown)('$title', async ({ title, code, output }) => {
  mkdirSync(folder, { recursive: true });
  const program = fileURLToPath(new URL(`testing-${title.split(':')[0]}.mjs`, folder));
  writeFileSync(program, code);
  const printed = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, [program], (error, stdout, stderr) => {
      if (error !== null) reject(new Error(`${stderr}${stdout}`, { cause: error }));
      else resolve(stdout);
    });
  });
  if (output === undefined) expect(printed).toMatch(/^(?:ℹ|#) pass [1-9]\d*$/m);
  else expect(printed).toBe(output);
});
