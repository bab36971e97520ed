import { expect, test } from 'vitest';
import { Connection } from '../../src/connection.js';
import { nodePlatform } from '../../src/node/platform.js';
import { resolveOptions } from '../../src/options/connection-kinds.js';
import type { Warning } from '../../src/protocol/contract/platform.js';
import { cleanUpConnections, openTransport } from '../support/connections.js';
import { turns } from '../support/turns.js';
import { warningPlatform } from '../support/warnings.js';

cleanUpConnections();

const nothing = (): void => {};

interface Heard {
  warnings: readonly Warning[];
  dropped: readonly string[];
}

/** What a connection says whose peer sends two messages of a type, ping and pong around them. */
async function receive(
  type: number,
  prepare: (connection: Connection) => unknown,
  triggerOnStart = false,
): Promise<Heard> {
  const { platform, warnings } = warningPlatform();
  const lines: string[] = [];
  const { opened, peer } = openTransport(false);
  const connection = new Connection({
    ...opened,
    platform: { ...nodePlatform, ...platform, trace: (line) => void lines.push(line) },
    settings: resolveOptions({ pingInterval: 0, triggerOnStart }),
    isClient: false,
  });
  prepare(connection);
  if (!connection.isStarted) void connection.start();
  peer.send([9, ''], [type, 'a'], [type, 'b'], [10, '']);
  await turns(5);
  peer.close();
  await turns(5);
  return { warnings, dropped: lines.filter((line) => line.includes('was dropped')) };
}

test.each<[string, number, (connection: Connection) => unknown]>([
  ['an action for its type', 1, (connection) => connection.onMessage(1, nothing)],
  ['an applied handler', 1, (connection) => connection.apply({ name: 'mine', onMessage: nothing })],
  ['a loop', 2, (connection) => readAll(connection)],
])('a message that is heard is no news: %s', async (_name, type, prepare) => {
  const { warnings, dropped } = await receive(type, prepare);
  expect(warnings).toEqual([]);
  expect(dropped).toEqual([]);
});

test('who has left its loop, and so closed the connection, is not told of what still comes', async () => {
  const { warnings } = await receive(2, (connection) => void connection[Symbol.asyncIterator]().return?.());
  expect(warnings).toEqual([]);
});

test.each([
  ['text', 1, 'MessageType.Text', false],
  ['binary, as it arrives', 2, 'MessageType.Binary', true],
])('a message that nobody handles is told once, and each is in the trace: %s', async (_name, type, name, streamed) => {
  const other = 3 - type;
  const first = await receive(type, (connection) => connection.onMessage(other, nothing), streamed);
  expect(first.warnings.map(({ code, message }) => [code, message])).toEqual([
    [
      'WEBSON_UNHANDLED_MESSAGE',
      `A message of type ${name} came on a connection of a server that has no handler for it, and was dropped: onMessage(${name}, …) is to set one. If they are to be dropped, an empty handler silences this: onMessage(${name}, () => {}).`,
    ],
  ]);
  expect(first.dropped).toHaveLength(2);
  const again = await receive(type, nothing, streamed);
  expect(again.warnings).toEqual([]);
  expect(again.dropped).toHaveLength(2);
});

async function readAll(connection: Connection): Promise<void> {
  for await (const message of connection) message.read();
}
