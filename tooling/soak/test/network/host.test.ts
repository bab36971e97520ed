import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { dial } from 'webson';
import { Host } from '../../src/network/host.js';
import { KINDS } from '../../src/network/kinds.js';

test('a life is told of as soon as it can be found by the ports of its connection', async () => {
  const found: unknown[] = [];
  let socket: Socket | undefined;
  const host: Host = await Host.open({
    address: '127.0.0.1',
    seed: 1,
    onReport: () => {},
    onBegin: (life) => void found.push(life, host.lifeAt(host.ports[0] as number, socket?.localPort as number)),
  });
  const [port] = host.ports;
  const client = await dial(`ws://127.0.0.1:${port}/`, {
    ...KINDS[0]?.client,
    connect: () => {
      socket = connect(port as number, '127.0.0.1');
      return socket;
    },
  });
  const over = client.onMessage(1, () => client.close(1000)).start();
  await over;
  expect(found).toEqual(['life 1', 'life 1']);
  await host.close();
});
