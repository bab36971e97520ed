import { once } from 'node:events';
import { type Connection, dial, serve } from '@webson/connection';
import { expect, onTestFinished, test } from 'vitest';
import { onChannel, openChannel } from '../../src/index.js';
import { collect, pattern } from '../support.js';

test('what is left of a channel of an earlier life is read without harm to that of the same id', async () => {
  const served: Connection<unknown>[] = [];
  let onServed = (): void => {};
  const host = await serve({ host: '127.0.0.1', enableStreams: true }, (connection) => {
    served.push(connection);
    onChannel(
      connection,
      (channel) =>
        void channel
          .on('error', () => {})
          .resume()
          .end(pattern(200_000)),
    );
    void connection.start();
    onServed();
  });
  onTestFinished(() => host.close());
  const client = await dial(host.url, { enableStreams: true });
  onTestFinished(() => client.terminate());
  const ended = client.start();
  const old = openChannel(client, 'old');
  old.end('all of it');
  await once(old, 'finish');
  await once(old, 'readable');
  // All of its bytes have come, and wait behind those that were read ahead.
  await new Promise<void>((resolve) => {
    const other = openChannel(client, 'other').resume();
    other.end();
    other.once('close', resolve);
  });
  served[0]?.terminate();
  await ended;
  const again = new Promise<void>((resolve) => {
    onServed = resolve;
  });
  void client.restart();
  await again;
  while (client.closeInfo !== undefined) await new Promise(setImmediate);
  const fresh = openChannel(client, 'fresh');
  expect((await collect(old)).equals(pattern(200_000))).toBe(true);
  fresh.end();
  expect((await collect(fresh)).equals(pattern(200_000))).toBe(true);
});
