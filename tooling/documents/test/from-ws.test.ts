import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { fromWs } from './shown/from-ws.js';
import { freePort, listening } from './support/port.js';
import { Program } from './support/program.js';
import { runAll } from './support/run-all.js';

runAll(fromWs);

// The page says so: a path that is no path ends the one, and is refused by the other.
test.each([
  ['ws', ''],
  ['webson', ' 2'],
] as const)('%s and the path //', async (library, number) => {
  const port = await freePort();
  const child = new Program({ at: `docs/FROM-WS.md: Several servers on one port${number}` }).start(
    { '8080': port },
    '-path',
  );
  await listening(port, child);
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  socket.write(
    'GET // HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  let answer = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    answer += text;
  });
  await once(socket, 'close');
  if (library === 'ws') {
    expect(await child.exited).toBe(1);
    expect(child.output).toContain('Invalid URL');
  } else {
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    expect(child.process.exitCode).toBe(null);
  }
});
