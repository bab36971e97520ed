import { exampleOf, testManners } from '@webson/child-process';
import { expect, it } from 'vitest';
import { dial, MessageType } from 'webson';

const example = exampleOf(import.meta.url);

testManners(import.meta.url, { client: [], input: 'hello\n', busy: /^echo: hello\n/m });

it('prints what the README shows', async () => {
  const { url } = await example.startServer();
  const client = example.start('client', ['--url', url], 'hello\nworld\n');
  expect(await client.exited).toBe(0);
  expect(client.output).toBe(example.blocks[1]);
});

it('sends back bytes as they came', async () => {
  const { url } = await example.startServer();
  const ws = await dial(url);
  const bytes = Uint8Array.of(0, 255, 254, 0);
  ws.onReady((adapter) => adapter.dispatch(MessageType.Binary, bytes));
  const echo = new Promise<Uint8Array>((resolve) => {
    ws.onMessage(MessageType.Binary, (message, adapter) => {
      resolve(message.read());
      adapter.close();
    });
  });
  expect((await ws.start()).code).toBe(1000);
  expect(await echo).toEqual(bytes);
});
