import { expect, it } from 'vitest';
import type { Child } from './child.js';
import { type Example, exampleOf, type RunningServer } from './example.js';

/** What `testManners` has to know of an example. */
export interface ExampleManners {
  /** Arguments of the server, beside its port. */
  readonly server?: readonly string[];
  /** What the client is to do so that it does not end by itself, or not soon. */
  readonly client: readonly string[];
  /** What the client reads, whose input is left open behind it; it has none by default. */
  readonly input?: string;
  /** What the client writes when it is in the middle of that. */
  readonly busy: RegExp;
}

/**
 * Declares the tests of what every example with a `server` and a `client` owes: `--help`, one line for what is wrong, an end at
 * Ctrl+C with the code 0, and one line when the server is not there, or vanishes.
 *
 * @param testUrl `import.meta.url` of a file in its folder `test`.
 */
export function testManners(testUrl: string, manners: ExampleManners): void {
  const example = exampleOf(testUrl);

  it.each(['server', 'client'])('%s explains itself', async (name) => {
    const child = example.start(name, ['--help']);
    expect(await child.exited).toBe(0);
    expect(child.stdout).toContain(name === 'server' ? '--port' : '--url');
    for (const word of [`--silent ${name}`, '--verbose', '--help']) expect(child.stdout).toContain(word);
  });

  it.each([
    ['server', ['--port', 'x']],
    ['server', ['--port', '65536']],
    ['server', ['--no-such-option']],
    ['client', ['--no-such-option']],
    ['client', ['--url']],
  ])('%s says in one line what is wrong with %j', async (name, args) => {
    const child = example.start(name, args);
    expect(await child.exited).toBe(2);
    expect(child.output).toMatch(new RegExp(`^${name}: .*\\(--help tells more\\)\n$`));
    expect(child.output).toContain(args.at(-1));
  });

  it('client says in one line what is wrong with a URL', async () => {
    const child = example.start('client', ['--url', 'ftp://127.0.0.1/', ...manners.client]);
    expect(await child.exited).toBe(1);
    expect(child.output).toMatch(/^client: url: .*"ftp:\/\/127\.0\.0\.1\/"\n$/);
  });

  it('server says what to try when the port is taken', async () => {
    const { url } = await example.startServer(manners.server);
    const child = example.start('server', ['--port', new URL(url).port, ...(manners.server ?? [])]);
    expect(await child.exited).toBe(1);
    expect(child.output).toMatch(/^server: cannot listen on port .*choose another port.*\n$/);
  });

  it('client says what to try when nobody listens', async () => {
    const { child: server, url } = await example.startServer(manners.server);
    server.process.kill('SIGTERM');
    expect(await server.exited).toBe(0);
    const child = example.start('client', ['--url', url, ...manners.client]);
    expect(await child.exited).toBe(1);
    expect(child.output).toMatch(/^client: cannot connect to .*does the server run, and is this its port\?\n$/);
    const verbose = example.start('client', ['--verbose', '--url', url, ...manners.client]);
    expect(await verbose.exited).toBe(1);
    expect(verbose.output).toMatch(/^client: cannot connect to [^\n]*\n[\s\S]*^ +at /m);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('client ends with 0 at %s, and the server lives on', async (signal) => {
    const { server, client } = await startBoth(example, manners);
    client.process.kill(signal);
    expect([await client.exited, client.stderr]).toEqual([0, '']);
    server.child.process.kill(signal);
    expect([await server.child.exited, server.child.stderr]).toEqual([0, '']);
  });

  it('server ends with 0 at SIGINT while a client is there, who says that it left', async () => {
    const { server, client } = await startBoth(example, manners);
    server.child.process.kill('SIGINT');
    expect(await server.child.exited).toBe(0);
    expect(await client.exited).toBe(1);
    expect(client.stderr).toMatch(/^client: .*1001.*\n$/);
  });

  it('client says in one line that the server is gone when that is killed', async () => {
    const { server, client } = await startBoth(example, manners);
    server.child.process.kill('SIGKILL');
    expect(await client.exited).toBe(1);
    expect(client.stderr).toMatch(/^client: .+\n$/);
  });
}

async function startBoth(
  example: Example,
  { server: args, client: busyArgs, input, busy }: ExampleManners,
): Promise<{ server: RunningServer; client: Child }> {
  const server = await example.startServer(args);
  const client = example.start('client', ['--url', server.url, ...busyArgs], input, 'open');
  await client.sees(busy);
  return { server, client };
}
