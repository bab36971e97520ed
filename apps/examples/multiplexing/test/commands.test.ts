import { exampleOf, testManners } from '@webson/child-process';
import { expect, it } from 'vitest';

const example = exampleOf(import.meta.url);

testManners(import.meta.url, { client: ['--size', '100000'], busy: /^30 messages are under way\n/m });

function arrivals(output: string): number[] {
  return [...output.matchAll(/^[▁▂▃▄▅▆▇█]{30} (\d+) has arrived, \d+ KiB$/gm)].map(([, number]) => Number(number));
}

it('sends 30 messages at once, and small ones overtake large ones', async () => {
  const { url } = await example.startServer();
  const client = example.start('client', ['--url', url]);
  expect([await client.exited, client.stderr]).toEqual([0, '']);
  const order = arrivals(client.stdout);
  expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, index) => index));
  expect(order.indexOf(29)).toBeLessThan(order.indexOf(0));
  expect(order[0]).toBe(29);
  // What the README shows stands there, and the bars of what is under way may be others.
  const shown = example.blocks[1]!.split('\n');
  const plain = (line: string): string => line.replaceAll(/[▁▂▃▄▅▆▇█]/g, '▁');
  const lines = client.stdout.split('\n').map(plain);
  for (const line of shown.filter((text) => text !== '…')) expect(lines).toContain(plain(line));
});

it('sends them one after the other without streams', async () => {
  const { url } = await example.startServer(['--plain']);
  const client = example.start('client', ['--url', url]);
  expect([await client.exited, client.stderr]).toEqual([0, '']);
  const order = arrivals(client.stdout);
  expect(order).toHaveLength(30);
  // Those behind it are small, and may be hashed at the same time.
  expect(order.indexOf(0)).toBeLessThan(order.indexOf(29));
});
