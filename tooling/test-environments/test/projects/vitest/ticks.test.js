import net from 'node:net';
import { expect, test, vi } from 'vitest';

test('with nextTick among the fakes, the sockets of Node itself stand still', async () => {
  vi.useFakeTimers({ toFake: ['nextTick'] });
  const server = net.createServer().listen(0, '127.0.0.1');
  let isListening = false;
  const listening = new Promise((resolve) => server.once('listening', resolve)).then(() => {
    isListening = true;
  });
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(isListening).toBe(false);
  vi.runAllTicks();
  await listening;
  vi.useRealTimers();
  server.close();
});
