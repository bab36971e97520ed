import { describe, expect, test } from 'vitest';
import { carrierOf } from '../../src/connection.js';
import type { TakenMessage } from '../../src/lifecycle/stream-carrier.js';
import { cleanUpConnections, connectBoth } from '../support/connections.js';
import { turns } from '../support/turns.js';

cleanUpConnections();

const TYPE = 5;
const OPTIONS = { enableStreams: true, streamWindow: 1024, synchronize: true } as const;

describe('messages that are taken in place of handlers', () => {
  test('are read piece by piece, hold up their sender, and pass those that wait for handlers', async () => {
    const { client, server } = connectBoth(OPTIONS);
    const seen: string[] = [];
    const taken: Uint8Array[] = [];
    let readOn = (): void => {};
    const isRead = new Promise<void>((resolve) => {
      readOn = resolve;
    });
    const read = async (message: TakenMessage): Promise<void> => {
      await isRead;
      for (let piece = await message.next(); piece !== undefined; piece = await message.next()) taken.push(piece);
    };
    carrierOf(server).take(TYPE, (message) => {
      seen.push('taken');
      void read(message);
    });
    server.onMessage(1, async () => {
      seen.push('handler');
      await isRead;
    });
    for (const end of [client, server]) void end.start();
    client.dispatch(1, 'first');
    const writer = carrierOf(client).writer(TYPE, expect.unreachable);
    writer.write(new Uint8Array(1000).fill(1));
    await turns(5);
    expect([seen, writer.isFull]).toEqual([['handler', 'taken'], false]);
    writer.write(new Uint8Array(40_000).fill(2));
    await turns(5);
    expect(writer.isFull).toBe(true);
    const room = writer.room();
    readOn();
    await room;
    writer.end();
    await turns(5);
    expect(Buffer.concat(taken)).toEqual(Buffer.concat([Buffer.alloc(1000, 1), Buffer.alloc(40_000, 2)]));
    client.dispatch(TYPE, 'whole');
    await turns(5);
    expect(Buffer.from(taken.at(-1) ?? []).toString()).toBe('whole');
  });

  test('tell their sender when nobody wants more, and their reader when they are given up', async () => {
    const { client, server } = connectBoth(OPTIONS);
    const errors: unknown[] = [];
    const read = async (message: TakenMessage): Promise<void> => {
      if ((await message.next())?.[0] === 1) message.stop();
      else await message.next().catch((error: unknown) => errors.push(error));
    };
    carrierOf(server).take(TYPE, (message) => void read(message));
    for (const end of [client, server]) void end.start();
    const stopped: string[] = [];
    const first = carrierOf(client).writer(TYPE, () => stopped.push('first'));
    first.write(new Uint8Array([1]));
    const second = carrierOf(client).writer(TYPE, expect.unreachable);
    second.write(new Uint8Array([2]));
    await turns(5);
    expect(stopped).toEqual(['first']);
    expect(second.abort()).toBe(true);
    await turns(5);
    expect(errors).toEqual([expect.objectContaining({ code: 'MESSAGE_CANCELLED' })]);
  });

  test('are of a type that nobody else has', () => {
    const { client } = connectBoth(OPTIONS);
    client.onMessage(TYPE, () => {});
    expect(() => carrierOf(client).take(TYPE, () => {})).toThrow('messages of type 5 have an action already');
  });
});
