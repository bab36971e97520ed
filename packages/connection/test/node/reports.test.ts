import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TLS } from './harness.js';

// What a process shows to whoever started it: the built package, in a process of its own, and what it writes to stderr.
const CHILD = fileURLToPath(new URL('../support/reporting-child.mjs', import.meta.url));

interface Output {
  out: string;
  err: string;
  code: number | null;
}

function run(what: string, env: Record<string, string> = {}): Promise<Output> {
  const { NODE_DEBUG: _debug, NODE_OPTIONS: _options, ...inherited } = process.env;
  const child = spawn(process.execPath, [CHILD, what], {
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ out, err, code }));
  });
}

const count = (text: string, part: string): number => text.split(part).length - 1;

const KINDS: [string, Record<string, string>][] = [
  ['TCP', {}],
  ['TLS', { TLS: JSON.stringify(TLS) }],
];

describe.each(KINDS)('over %s', (kind, env) => {
  const scheme = kind === 'TLS' ? 'wss' : 'ws';

  it('what a handler throws is shown with its stack, once for each place, and the process goes on', async () => {
    const { out, err, code } = await run('handler', env);
    expect(code).toBe(0);
    expect(out).toBe('1011\n1011\n1011\n1011\n');
    expect(
      count(err, '[WEBSON_UNHEARD_ERROR] WebsonWarning: no onError has heard what was thrown in a handler: '),
    ).toBe(2);
    expect(count(err, 'SyntaxError: ')).toBe(2);
    expect(count(err, 'TypeError: ')).toBe(2);
    expect(err).toMatch(/\n +at .*onText.*reporting-child\.mjs:\d+:\d+\)\n/);
  });

  it('a refused origin is shown once, with the host, and the option that allows it', async () => {
    const { out, err, code } = await run('origin', env);
    expect(code).toBe(0);
    expect(out).toBe('403\n403\n403\n');
    expect(count(err, '[WEBSON_ORIGIN_REFUSED]')).toBe(2);
    expect(err).toMatch(/The origin 'http:\/\/a\.test:5173' may not connect to the host '127\.0\.0\.1:\d+'/);
    expect(err).toMatch(/origins: \['https?:\/\/[^']+', 'http:\/\/b\.test:5173'\]/);
  });

  it('a refusal for what a client did is not shown', async () => {
    const { out, err } = await run('refused', env);
    expect(out).toBe('404\nCONNECT_FAILED\n');
    expect(err).toBe('');
  });

  it('a connection that nobody starts is shown after 5 seconds, once on each side', async () => {
    const { err, code } = await run('unstarted', env);
    expect(code).toBe(0);
    expect(count(err, '[WEBSON_NOT_STARTED]')).toBe(2);
    expect(err).toMatch(
      new RegExp(`A connection to ${scheme}://127.0.0.1:\\d+/\\?token=\\*\\*\\*, opened 5 seconds ago, is not started`),
    );
    expect(err).toContain('A connection of a server, accepted 5 seconds ago, is not started');
    expect(err).not.toContain('s3cret');
  });

  it('NODE_DEBUG=webson shows openings and ends, without what is secret', async () => {
    const { err, code } = await run('closes', { ...env, NODE_DEBUG: 'webson' });
    expect(code).toBe(0);
    expect(err).toMatch(new RegExp(`^WEBSON \\d+: dial ${scheme}://127.0.0.1:\\d+/\\?token=\\*\\*\\*\n`));
    expect(err).toMatch(/#1 accepted \/\?token=\*\*\* of 127\.0\.0\.1 port \d+: protocol chat, no extensions\n/);
    expect(err).toMatch(new RegExp(`#2 opened ${scheme}://127.0.0.1:\\d+/\\?token=\\*\\*\\*\n`));
    expect(err).toMatch(/#1 closed by the peer with 4001 "bye\\\\x1b", clean\n/);
    expect(err).toMatch(/#2 closed by this side with 4001 "bye\\\\x1b", clean\n/);
    expect(err).not.toContain('s3cret');
  });

  it('NODE_DEBUG=webson shows refusals with their reasons, and attempts that fail', async () => {
    const { err } = await run('refused', { ...env, NODE_DEBUG: 'webson' });
    expect(err).toMatch(/refused \/there\?token=\*\*\* of 127\.0\.0\.1 port \d+: 404 NOT_FOUND: Not found\n/);
    expect(err).toMatch(
      /dial ws:\/\/127\.0\.0\.1:1\/\?token=\*\*\* has failed: HandshakeError CONNECT_FAILED: .*ECONNREFUSED/,
    );
    expect(err).not.toContain('s3cret');
  });
});

it('the wait for a start does not keep a process', async () => {
  expect(await run('leaving')).toEqual({ out: '', err: '', code: 0 });
});

it('a warning can be silenced as all of Node’s', async () => {
  expect((await run('handler', { NODE_NO_WARNINGS: '1' })).err).toBe('');
});
