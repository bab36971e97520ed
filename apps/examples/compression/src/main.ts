import { readOptions, runCommand, stoppable, wholeNumber } from '@webson/terminal';
import type { ConnectionOptions } from 'webson';
import { measure } from './measurement.js';
import { samplesOf } from './samples.js';

const help = `Sends JSON over connections that compress in different ways, and prints what is on the wire.

  npx -y pnpm@12 --silent start [options]

  --messages N  messages of each kind (300)
  --level N     effort of the compression, 0 to 9 (3)
  --verbose     say more about what goes wrong
  --help
`;

await runCommand('compression', async (args) => {
  const options = readOptions(args, help, { messages: '300', level: '3' });
  if (options === undefined) return;
  const level = wholeNumber('--level', options.level, 0, 9);
  const count = wholeNumber('--messages', options.messages, 1, 20_000);
  // Both ends are here: nobody is left behind who waits for something.
  await stoppable(
    () => measureAll(level, count),
    () => process.exit(),
  );
});

async function measureAll(level: number, count: number): Promise<void> {
  const ways: readonly [name: string, enableCompress: NonNullable<ConnectionOptions['enableCompress']>][] = [
    ['off', false],
    ['on', { level }],
    ['threshold 0', { level, threshold: 0 }],
    ['context takeover', { level, threshold: 0, contextTakeover: true }],
  ];
  // What a program does for the first time is slow: none of them is to be measured by that.
  for (const { messages } of samplesOf(100)) for (const [, way] of ways) await measure(messages, way);

  for (const { name, messages } of samplesOf(count)) {
    const plain = messages.reduce((sum, message) => sum + message.length, 0);
    print(name, 'bytes a message', 'of plain', 'CPU a message');
    for (const [way, enableCompress] of ways) {
      const { bytes, cpu } = await measure(messages, enableCompress);
      const each = Math.round(bytes / messages.length);
      print(`  ${way}`, `${each}`, `${Math.round((100 * bytes) / plain)} %`, `${Math.round(cpu / messages.length)} µs`);
    }
  }
}

function print(name: string, ...columns: readonly string[]): void {
  process.stdout.write(`${name.padEnd(22)}${columns.map((column) => column.padStart(16)).join('')}\n`);
}
