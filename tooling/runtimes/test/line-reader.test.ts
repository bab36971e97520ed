import { expect, test } from 'vitest';
import { readerOf } from '../src/line-reader.js';

test('lines are put together from what comes, and those that are no JSON are told apart', () => {
  const values: unknown[] = [];
  const others: string[] = [];
  const read = readerOf(
    (value) => values.push(value),
    (line) => others.push(line),
  );
  for (const text of ['{"a"', ':1}\n[2]\nhel', 'lo\n', '3']) read(text);
  expect(values).toEqual([{ a: 1 }, [2]]);
  expect(others).toEqual(['hello']);
});
