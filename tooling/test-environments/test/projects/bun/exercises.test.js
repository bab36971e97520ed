import { afterEach, expect, jest, test } from 'bun:test';
import net from 'node:net';
import * as webson from 'webson';
import { exercises } from '../exercises.js';

afterEach(() => void jest.useRealTimers());

for (const [name, exercise] of Object.entries(exercises)) test(name, () => exercise(webson));

// The fake timers of Bun are those of the whole machine, for whoever has taken `setTimeout` before, too.
const timeless = [
  'every kind of payload comes back',
  'streams pass beside each other',
  'a connection is two web streams',
  'a server drains',
];

for (const name of timeless) {
  test(`with fake timers: ${name}`, async () => {
    jest.useFakeTimers();
    await exercises[name](webson);
  });
}

test('fake timers move deadlines', async () => {
  jest.useFakeTimers();
  const sockets = [];
  const accepted = Promise.withResolvers();
  const silent = net.createServer((socket) => accepted.resolve(sockets.push(socket)));
  await new Promise((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const dialled = webson.dial(`ws://127.0.0.1:${silent.address().port}/`).catch(({ code }) => code);
  await accepted.promise;
  jest.advanceTimersByTime(10_000);
  expect(await dialled).toBe('TIMEOUT');
  for (const socket of sockets) socket.destroy();
  silent.close();
});
