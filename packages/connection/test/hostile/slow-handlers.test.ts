import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface, type Interface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import { upgradeRequest } from '../node/harness.js';
import { frame } from '../support/frames.js';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const SERVER = new URL('../support/hostile-slow-server.mjs', import.meta.url);

interface Report {
  bytes: number;
  messages: number;
  mostPending: number;
  growth: number;
  info: { code: number };
}

let child: ChildProcess | undefined;

afterEach(async () => {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.kill();
  await once(child, 'exit');
});

async function line(lines: Interface): Promise<string> {
  const [text] = (await once(lines, 'line')) as [string];
  return text;
}

const modes: [string, object, most: number][] = [
  ['one at a time', { synchronize: true }, 1],
  ['at most 4 at once', { maxPendingHandlers: 4 }, 4],
  ['as many as by default', {}, 8],
];

test.each(modes)(
  '1 GiB to a handler that takes 10 ms a message costs less than 64 MiB: %s',
  async (_, options, most) => {
    const count = GIB / MIB;
    child = spawn(process.execPath, [SERVER.pathname, JSON.stringify(options), String(count)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout! });
    const socket = connect({ port: Number(await line(lines)), host: '127.0.0.1' });
    socket.write(upgradeRequest(), 'latin1');
    await once(socket, 'data');
    const message = frame(2, new Uint8Array(MIB), { mask: true });
    for (let i = 0; i < count; i++) {
      if (!socket.write(message)) await once(socket, 'drain');
    }
    // 'done', then our Close is answered and the server ends.
    await once(socket, 'data');
    socket.end(frame(8, Uint8Array.of(3, 232), { mask: true }));
    const report = JSON.parse(await line(lines)) as Report;
    expect(report).toMatchObject({ bytes: GIB, messages: count, info: { code: 1000 } });
    expect(report.mostPending).toBeLessThanOrEqual(most);
    expect(report.growth).toBeLessThan(64 * MIB);
    await once(child, 'exit');
  },
  120_000,
);
