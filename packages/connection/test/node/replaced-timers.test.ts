import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

// The package as it is built, in a process of its own, while the timers of that are replaced.

const main = new URL('../../dist/index.js', import.meta.url).href;

const REPLACE = {
  'by node:test': 'mock.timers.enable({ apis: ["setTimeout", "setImmediate", "setInterval", "Date"] });',
  'by hand, in the modules too': `
    for (const target of [globalThis, timers]) {
      for (const name of Object.keys(real)) target[name] = () => ({ ref() {}, unref() {} });
    }
    performance.now = () => 0;`,
};

const RESTORE = {
  'by node:test': 'mock.timers.reset();',
  'by hand, in the modules too': `
    Object.assign(globalThis, real);
    Object.assign(timers, real);
    delete performance.now;`,
};

const LOAD = `const { dial, serve } = await import(${JSON.stringify(main)});`;

const program = (how: keyof typeof REPLACE, when: string): string => `
  import { once } from 'node:events';
  import net from 'node:net';
  import { mock } from 'node:test';
  import timers from 'node:timers';
  const { setTimeout, setImmediate, setInterval } = globalThis;
  const real = { setTimeout, setImmediate, setInterval };
  ${when === 'before' ? REPLACE[how] + LOAD : LOAD + REPLACE[how]}
  const seen = { echoes: [] };
  const wait = { echo: () => {}, ping: () => {} };
  const server = await serve({ host: '127.0.0.1', pingInterval: 20 }, (ws) => {
    ws.onMessage(1, (message) => ws.dispatch(1, message.text()));
  });
  const client = await dial(server.url);
  client.onMessage(1, (message) => wait.echo(seen.echoes.push(message.text())));
  client.onMessage(9, (message) => wait.ping(client.pong(message.read())));
  const ended = client.start();
  const echo = (text, meanwhile) => new Promise((resolve) => {
    wait.echo = resolve;
    client.dispatch(1, text);
    meanwhile?.();
  });
  await echo('while they are replaced');
  await new Promise((resolve) => { wait.ping = resolve; });
  const silent = net.createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const dialled = dial('ws://127.0.0.1:' + silent.address().port, { timeout: { handshake: 30 } });
  seen.code = await dialled.catch(({ code }) => code);
  await echo('while they come back', () => { ${RESTORE[how]} });
  await echo('afterwards');
  await new Promise((resolve) => { wait.ping = resolve; });
  client.close();
  seen.wasClean = (await ended).wasClean;
  await server.close();
  silent.close();
  console.log(JSON.stringify(seen));
  process.exit();`;

test.each(Object.keys(REPLACE).flatMap((how) => ['before', 'after'].map((when) => [how, when])))(
  'replaced %s, %s the package is loaded: nothing waits for them',
  async (how, when) => {
    const code = program(how as keyof typeof REPLACE, when as string);
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code], {
      timeout: 60_000,
    });
    expect(JSON.parse(stdout)).toEqual({
      echoes: ['while they are replaced', 'while they come back', 'afterwards'],
      code: 'TIMEOUT',
      wasClean: true,
    });
  },
);
