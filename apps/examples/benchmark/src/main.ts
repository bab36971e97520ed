import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { readOptions, runCommand, stoppable, wholeNumber } from '@webson/terminal';
import { Load, type LoadOptions } from './load.js';

const help = `Measures round trips to an echo: to one of its own, or to that of a URL.

  npx -y pnpm@12 --silent start [options]

  --url URL        an echo of binary messages; by default one that it starts itself
  --connections N  connections (10)
  --in-flight N    messages at a time on each of them (1)
  --size BYTES     bytes of a message (64)
  --seconds N      how long, after one second that does not count (5)
  --verbose        say more about what goes wrong
  --help
`;

await runCommand('benchmark', async (args) => {
  const options = readOptions(args, help, {
    url: 'its own',
    connections: '10',
    'in-flight': '1',
    size: '64',
    seconds: '5',
  });
  if (options === undefined) return;
  const load = {
    connections: wholeNumber('--connections', options.connections, 1, 10_000),
    inFlight: wholeNumber('--in-flight', options['in-flight'], 1, 10_000),
    size: wholeNumber('--size', options.size, 0, 16 * 1024 * 1024),
  };
  const seconds = wholeNumber('--seconds', options.seconds, 1, 86_400);
  const stop = new AbortController();
  await stoppable(
    () =>
      options.url === 'its own'
        ? measureOwn(load, seconds, stop.signal)
        : measure({ ...load, url: options.url }, seconds, stop.signal),
    () => stop.abort(),
  );
});

async function measureOwn(load: Omit<LoadOptions, 'url'>, seconds: number, signal: AbortSignal): Promise<void> {
  const worker = new Worker(new URL('./server.js', import.meta.url));
  try {
    const [url] = (await once(worker, 'message', { signal })) as [string];
    await measure({ ...load, url }, seconds, signal);
  } finally {
    await worker.terminate();
  }
}

async function measure(options: LoadOptions, seconds: number, signal: AbortSignal): Promise<void> {
  const { url, connections, inFlight, size } = options;
  const load = await Load.start(options);
  try {
    print('server', url);
    print('load', `${connections} connections, ${inFlight} × ${size} bytes in flight on each, ${seconds} s`);
    // Code is compiled while it runs: the first second is slower than those that follow.
    await Promise.race([load.failed, wait(1000, undefined, { signal })]);
    load.times.reset();
    const begun = performance.now();
    await Promise.race([load.failed, wait(seconds * 1000, undefined, { signal })]);
    report(load, performance.now() - begun);
  } finally {
    load.stop();
  }
}

function report({ times }: Load, milliseconds: number): void {
  if (times.count === 0) throw new Error('nothing came back: is that server an echo of binary messages?');
  const ms = (nanoseconds: number): string => `${(nanoseconds / 1e6).toFixed(2)} ms`;
  print('round trips a second', Math.round((times.count * 1000) / milliseconds).toLocaleString('en'));
  print('median', ms(times.percentile(50)));
  print('p99', ms(times.percentile(99)));
  print('slowest', ms(times.max));
}

function print(name: string, value: string): void {
  process.stdout.write(`${name.padEnd(22)}${value}\n`);
}
