import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '@webson/published';

const text = readFileSync(join(root, 'docs/TESTING.md'), 'utf8');

/**
 * A program that docs/TESTING.md shows below a heading, the first one there unless another is asked for.
 *
 * @throws Error when there is none.
 */
export function snippet(heading: string, nth = 1): string {
  const below = text.split(/^#+ /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const code = [...below.matchAll(/^```js\n([\s\S]*?)^```$/gm)][nth - 1]?.[1];
  if (code === undefined) throw new Error(`no program ${nth} below "${heading}"`);
  return code;
}
