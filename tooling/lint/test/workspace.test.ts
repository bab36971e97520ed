import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { packages } from '../src/layers.js';
import { check, emptyRooms, sourcesOf } from '../src/workspace.js';

let root = '';

function write(path: string, source = ''): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), source);
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'webson-lint-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('sourcesOf', () => {
  test('names the sources that are in Git or could be, and still exist', () => {
    const git = (...args: string[]) => expect(spawnSync('git', args, { cwd: root }).status).toBe(0);
    git('init', '--quiet');
    write('.gitignore', 'dist/\n');
    for (const path of ['gone.ts', 'a/staged.ts', 'a/new.mjs', 'a/dist/built.js', 'a/test/data/b.ts', 'a/c.md'])
      write(path);
    git('add', 'gone.ts', 'a/staged.ts');
    rmSync(join(root, 'gone.ts'));
    expect(sourcesOf(root).sort()).toEqual(['a/new.mjs', 'a/staged.ts']);
  });

  test('outside a repository it fails', () => {
    expect(() => sourcesOf(join(root, 'nowhere'))).toThrow('git ls-files');
  });
});

describe('check', () => {
  test('says where a wrong import is, and why it is wrong', () => {
    write('packages/connection/src/protocol/inbound/a.ts', `\nimport { b } from '../outbound/b.js';\n`);
    expect(check(root, ['packages/connection/src/protocol/inbound/a.ts'])).toEqual([
      {
        path: 'packages/connection/src/protocol/inbound/a.ts',
        line: 2,
        message: expect.stringMatching(
          /^'\.\.\/outbound\/b\.js': connection\/src\/protocol\/inbound may not import connection\/src\/protocol\/outbound\. It is the way/,
        ),
      },
    ]);
  });
});

describe('emptyRooms', () => {
  test('finds the rows for what does not exist', () => {
    for (const { package: name, rooms = [] } of packages) {
      mkdirSync(join(root, 'packages', name, 'src'), { recursive: true });
      for (const { room } of rooms)
        if (room !== 'reading' && room !== 'status.ts') write(join('packages', name, 'src', room, 'a.ts'));
    }
    expect(emptyRooms(root)).toEqual(['packages/connection/src/status.ts', 'packages/connection/src/reading']);
  });
});
