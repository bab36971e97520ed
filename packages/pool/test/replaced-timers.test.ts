import { dial, type Server, serve } from '@webson/connection';
import { afterEach, expect, test, vi } from 'vitest';
import { Pool } from '../src/index.js';

let server: Server | undefined;

afterEach(async () => {
  vi.useRealTimers();
  await server?.close();
});

test('while the timers of the process are replaced: a client is dialled again, and messages arrive', async () => {
  let arrived = (_text: string): void => {};
  server = await serve({ host: '127.0.0.1' }, (ws) => {
    ws.onMessage(1, (message) => {
      if (message.text() === 'leave') ws.close(1012);
      else arrived(message.text());
    });
  });
  const pool = new Pool({ clientRetry: 5, retryInterval: 1 });
  let ready = (): void => {};
  pool.onRedial(({ step }) => (step === 'ready' ? ready() : undefined));
  vi.useFakeTimers();
  pool.add(await dial(server.url));
  const isBack = new Promise<void>((resolve) => {
    ready = resolve;
  });
  expect(pool.dispatch(1, 'leave')).toBe(1);
  await isBack;
  const text = new Promise<string>((resolve) => {
    arrived = resolve;
  });
  expect(pool.dispatch(1, 'here again')).toBe(1);
  vi.useRealTimers();
  expect(await text).toBe('here again');
  await pool.close();
});
