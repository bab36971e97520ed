import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { Namespaces, type Place } from '../../src/network/namespaces.js';

const run = promisify(execFile);

async function names(pid: number | undefined): Promise<string[]> {
  const { stdout } = await run('ip', ['netns', 'list']);
  return stdout.split('\n').filter((line) => line.startsWith(`webson-${pid}-`));
}

async function inside(namespaces: Namespaces, place: Place, script: string): Promise<string> {
  const { program, args } = namespaces.command(place, process.execPath, ['-e', script]);
  return (await run(program, args)).stdout;
}

test('two places with a link between them that goes down and up, and nothing of it is left', async () => {
  const namespaces = await Namespaces.create();
  onTestFinished(() => namespaces.remove());
  expect(await names(process.pid)).toHaveLength(2);
  const addresses = `console.log(Object.values(os.networkInterfaces()).flat().map((one) => one.address).join())`;
  expect(await inside(namespaces, 'here', addresses)).toContain(namespaces.addressOf('here'));
  expect(await inside(namespaces, 'there', addresses)).toContain(namespaces.addressOf('there'));
  const reach = `net.connect(1, '${namespaces.addressOf('there')}').on('error', ({ code }) => console.log(code))`;
  expect(await inside(namespaces, 'here', reach)).toBe('ECONNREFUSED\n');
  await namespaces.set('here', 'down');
  expect(await inside(namespaces, 'here', reach)).toBe('ENETUNREACH\n');
  await namespaces.set('here', 'up');
  expect(await inside(namespaces, 'here', reach)).toBe('ECONNREFUSED\n');
  await namespaces.remove();
  await namespaces.remove();
  expect(await names(process.pid)).toEqual([]);
});

test.each(['SIGTERM', 'SIGINT', 'exit'] as const)('nothing of it is left after %s', async (how) => {
  const module = new URL('../../dist/network/namespaces.js', import.meta.url).href;
  const after = how === 'exit' ? 'process.exit(3)' : `setInterval(() => {}, 1000); process.stdout.write('made')`;
  const script = `import { Namespaces } from '${module}'; await Namespaces.create(); ${after}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exited = once(child, 'exit');
  if (how !== 'exit') {
    await once(child.stdout, 'data');
    expect(await names(child.pid)).toHaveLength(2);
    child.kill(how);
  }
  expect(await exited).toEqual(how === 'exit' ? [3, null] : [null, how]);
  expect(await names(child.pid)).toEqual([]);
});

test('says what is missing', async () => {
  const { PATH } = process.env;
  onTestFinished(() => {
    process.env.PATH = PATH;
  });
  process.env.PATH = '/nowhere';
  await expect(Namespaces.create()).rejects.toThrow(/network namespaces cannot be made: .*iproute2/);
});
