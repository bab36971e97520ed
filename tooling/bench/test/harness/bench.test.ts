import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { defineBench } from '../../src/harness/bench.js';
import { count, jsonOption } from '../../src/harness/options.js';
import { inFolder } from '../command.js';

const bench = defineBench({
  name: 'it',
  about: 'Measures it.',
  options: { size: { value: 'N', usual: '7', about: 'how large' }, ...jsonOption },
  more: 'That is all.',
  async run(given, output) {
    const size = count('--size', given.size);
    output.note('soon');
    output.print(`${size}\n`);
    output.save({ size });
    return size !== 13;
  },
});

describe('a bench', () => {
  /** Its exit code, and what it has written. */
  async function run(...args: string[]) {
    const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
    const code = await bench.run(args, streams);
    const [stdout, stderr] = [streams.stdout, streams.stderr].map((stream) => String(stream.read() ?? ''));
    return { code, stdout, stderr };
  }

  it('prints what it finds apart from what else it says', async () => {
    expect(await run('--size=9')).toEqual({ code: 0, stdout: '9\n', stderr: 'soon\n' });
  });

  it('writes what it found where it is told to', async () => {
    await inFolder(async (folder) => {
      const json = join(folder, 'it.json');
      expect(await run('--json', json)).toMatchObject({ code: 0 });
      expect(readFileSync(json, 'utf8')).toBe('{\n  "size": 7\n}\n');
    });
  });

  it('has an exit code for what is not sound, and one for what is wrong with the command line', async () => {
    expect(await run('--size=13')).toMatchObject({ code: 1 });
    const stderr = 'it: --size is 0: a whole number is needed\n';
    expect(await run('--size=0')).toEqual({ code: 2, stdout: '', stderr });
    for (const args of [['--other'], ['9']]) {
      expect(await run(...args)).toMatchObject({ code: 2, stderr: expect.stringMatching(/^it: ./) });
    }
  });

  it('explains itself', async () => {
    expect(await run('--help')).toEqual({ code: 0, stdout: bench.help, stderr: '' });
    expect(bench.help).toBe(
      [
        'Measures it.',
        '',
        '  --size N      how large (7)',
        '  --json FILE   write everything that was measured',
        '  --help',
        '',
        'That is all.',
        '',
      ].join('\n'),
    );
  });
});
