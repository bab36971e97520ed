import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';

// Links from one document to another lead somewhere, and so do the anchors in them.
const ROOT = new URL('../../../', import.meta.url);
const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', '*.md'];
const files = [...new Set(execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).split('\0'))]
  .filter((file) => file !== '' && existsSync(new URL(file, ROOT)))
  .sort();

/** A text without what looks like a link and is code. */
const prose = (text: string): string => text.replaceAll(/^( *)```[\s\S]*?^\1```$/gm, '').replaceAll(/`[^`\n]*`/g, '');

/** The anchors of a document, as GitHub makes them of its headings. */
function anchors(url: URL): Set<string> {
  const text = readFileSync(url, 'utf8').replaceAll(/^( *)```[\s\S]*?^\1```$/gm, '');
  const names = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .replaceAll(/\[(.*?)\]\(.*?\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
  return new Set(names);
}

function broken(file: string): string[] {
  const from = new URL(file, ROOT);
  const text = prose(readFileSync(from, 'utf8'));
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => {
    if (/^[a-z]+:/.test(target)) return false;
    const to = new URL(target, from);
    const anchor = decodeURIComponent(to.hash.slice(1));
    to.hash = '';
    if (!existsSync(to)) return true;
    return anchor !== '' && statSync(to).isFile() && to.pathname.endsWith('.md') && !anchors(to).has(anchor);
  });
}

test('there are documents', () => {
  expect(files.length).toBeGreaterThan(20);
});

test.each(files)('%s', (file) => {
  expect(broken(file)).toEqual([]);
});
