import { expect, it } from 'vitest';
import type { Child } from '../../src/harness/child.js';
import { withChildren } from '../../src/harness/children.js';

/** A program that prints its process id, and every line that it gets once more. */
const echo = [
  'console.log(process.pid);',
  'require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => console.log(line));',
].join('');

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

it.each([false, true])('talks with programs, which are gone in the end; most files: %s', async (hasMostFiles) => {
  const pids = await withChildren(async (start) => {
    const children = ['1', '2'].map((name) => start(name, process.execPath, ['-e', echo], { hasMostFiles }));
    const found: unknown[] = [];
    for (const child of children) {
      found.push(await child.line(20_000));
      expect(found.at(-1)).toBe(child.pid);
      expect(await child.ask('{"n":1}', 20_000)).toEqual({ n: 1 });
    }
    return found as number[];
  });
  expect(pids.map(isRunning)).toEqual([false, false]);
});

it('ends them when something goes wrong, and says what', async () => {
  let child: Child | undefined;
  const failing = withChildren(async (start) => {
    child = start('it', process.execPath, ['-e', echo]);
    await child.line(20_000);
    return await start('other', process.execPath, ['-e', 'process.exit(3)']).line(20_000);
  });
  await expect(failing).rejects.toThrow('other: ended without an answer (exit code 3)');
  expect(isRunning(child?.pid ?? 0)).toBe(false);
});

it('runs files with options, in an environment', async () => {
  const program = new URL('./fixture-environment.mjs', import.meta.url);
  const found = await withChildren((start) =>
    start('it', program, ['x'], { flags: ['--expose-gc'], environment: { BENCH_TEST: 'y' } }).line(20_000),
  );
  expect(found).toEqual({ gc: 'function', args: ['x'], value: 'y' });
});
