import { PassThrough } from 'node:stream';
import type { CloseInfo, Connection } from '@webson/connection';
import { type Misbehaviour, misbehave, transportCompliance } from '@webson/testing';
import { expect, test } from 'vitest';
import { connectOver } from '../src/connect.js';
import { PipeTransport } from '../src/pipe-transport.js';

function pipes(): [PipeTransport, PipeTransport, PassThrough] {
  const [there, back] = [new PassThrough(), new PassThrough()];
  return [new PipeTransport(back, there), new PipeTransport(there, back), there];
}

transportCompliance(
  'pipes',
  () => {
    const [left, right] = pipes();
    return { left, right };
  },
  { test },
);

test('an error of a stream ends it, with that error', async () => {
  const [left, , there] = pipes();
  const closed = connectOver(left, true).start();
  const error = new Error('cable cut');
  there.destroy(error);
  expect(await closed).toMatchObject({ code: 1006, error });
});

/** Starts a client that meets such a peer; it sends a message and tells how it ends. */
function meet(behaviour: Misbehaviour): { client: Connection; closed: Promise<CloseInfo>; received: string[] } {
  const [left, right] = pipes();
  const server = connectOver(right, false, { pingInterval: 0 });
  server.onMessage(1, (message, adapter) => adapter.dispatch(1, message.text()));
  void server.start();
  const client = connectOver(misbehave(left, behaviour), true, { pingInterval: 0 });
  const received: string[] = [];
  client.onMessage(1, (message) => received.push(message.text()));
  client.onReady((adapter) => adapter.dispatch(1, 'hello'));
  return { client, closed: client.start(), received };
}

test('a slow peer is waited for', async () => {
  const { client, closed, received } = meet({ kind: 'slow', bytes: 1 });
  client.onMessage(1, (message, adapter) => {
    received.push(message.text());
    adapter.close();
  });
  expect(await closed).toMatchObject({ code: 1000, wasClean: true });
  expect(received).toEqual(['hello']);
});

test.each<[Misbehaviour, string]>([
  [{ kind: 'cut', after: 3 }, 'in the middle of a frame'],
  [{ kind: 'reset', after: 3 }, 'in the middle of a frame'],
])('%o: 1006', async (behaviour) => {
  const { closed, received } = meet(behaviour);
  expect(await closed).toMatchObject({ code: 1006, wasClean: false });
  expect(received).toEqual([]);
});
