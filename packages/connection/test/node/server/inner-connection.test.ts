import { encodeFrame } from '@webson/frame';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeParameters } from '../../../src/inner/parameters.js';
import type { ErrorContext, Server } from '../../../src/node/server/server.js';
import { concat, FrameReader } from '../../support/frames.js';
import { portOf, RawClient, serveForTest, upgradeRequest } from '../harness.js';

const offered = upgradeRequest('Sec-WebSocket-Protocol: webson.v1\r\n');

interface Peer {
  readonly client: RawClient;
  readonly errors: Error[];
  readonly server: Server;
  /** Sends one message of the outer connection. */
  send(opcode: number, payload: Uint8Array): void;
  /** The frames of the outer connection that have come, once there are so many. */
  frames(count: number): Promise<FrameReader['frames']>;
}

async function peer(timeout = {}): Promise<Peer> {
  const errors: Error[] = [];
  const options = {
    enableStreams: true,
    pingInterval: 0,
    timeout,
    onError: (error: Error, _about?: ErrorContext) => void errors.push(error),
  };
  const server = await serveForTest(options, (ws) => {
    ws.onMessage(1, (message, adapter) => void adapter.dispatch(1, message.read()));
  });
  const client = RawClient.to(portOf(server), offered);
  const head = await client.head();
  expect(head).toContain('Sec-WebSocket-Protocol: webson.v1\r\n');
  const frames = async (count: number): Promise<FrameReader['frames']> => {
    let found: FrameReader['frames'] = [];
    await client.until(({ bytes, hasClosed }) => {
      const reader = new FrameReader();
      reader.push(new Uint8Array(bytes.subarray(head.length)));
      found = reader.frames;
      return found.length >= count || hasClosed;
    });
    return found;
  };
  const send = (opcode: number, payload: Uint8Array): void => {
    client.socket.write(encodeFrame({ opcode, payload, mask: true }));
  };
  return { client, errors, server, send, frames };
}

const parameters = encodeParameters('max-streams=4; window=1000; connection-window=5000');
const hello = encodeFrame({ opcode: 1, payload: new TextEncoder().encode('hello'), streamId: 1 });

describe('a client that speaks bytes', () => {
  test('gets the parameters of the server at once, and then an echo', async () => {
    const { send, frames } = await peer();
    const [first] = await frames(1);
    expect(first).toMatchObject({ opcode: 2 });
    expect(new TextDecoder().decode(first!.payload.subarray(2))).toMatch(
      /^max-streams=1024; window=1048576; connection-window=4194304$/,
    );
    send(2, concat([parameters, hello]));
    const [, echo] = await frames(2);
    expect(echo!.payload).toEqual(hello);
  });

  const close1002 = new Uint8Array([0x03, 0xea]);

  test.each([
    ['text in place of the parameters', [[1, new TextEncoder().encode('max-streams=4')]]],
    ['a frame before the parameters', [[2, hello]]],
    ['parameters that are none', [[2, encodeParameters('max-streams=zero')]]],
    ['parameters that nobody knows', [[2, encodeParameters('max-streams=1; colour=blue')]]],
    [
      'text after the parameters',
      [
        [2, parameters],
        [1, new TextEncoder().encode('hello')],
      ],
    ],
    [
      'a cut frame',
      [
        [2, parameters],
        [2, hello.subarray(0, 5)],
      ],
    ],
    ['a cut frame beside the parameters', [[2, concat([parameters, hello.subarray(0, 5)])]]],
  ] as const)('is closed with 1002 for %s', async (_what, messages) => {
    const { client, send, frames } = await peer();
    for (const [opcode, payload] of messages) send(opcode, payload);
    const all = await frames(2);
    expect(client.hasClosed).toBe(false);
    expect(all.at(-1)).toMatchObject({ opcode: 8 });
    expect(all.at(-1)!.payload.subarray(0, 2)).toEqual(close1002);
  });

  test('is not waited for longer than for a handshake', async () => {
    const { client, errors } = await peer({ handshake: 50, close: 50 });
    await client.until(({ hasEnded }) => hasEnded);
    expect(errors).toMatchObject([{ code: 'TIMEOUT', name: 'HandshakeError' }]);
  });

  test.each(['close', 'drain'] as const)('is not waited for by %s, and told 1001', async (end) => {
    const { errors, server, send, frames } = await peer();
    await frames(1);
    const ended = server[end]();
    const [, close] = await frames(2);
    expect(close).toMatchObject({ opcode: 8, payload: new Uint8Array([0x03, 0xe9]) });
    send(8, close!.payload);
    await ended;
    expect(errors).toMatchObject([{ code: 'ABORTED', name: 'HandshakeError' }]);
  });

  test('that leaves before its parameters is reported', async () => {
    const { client, errors } = await peer();
    client.socket.destroy();
    await expect.poll(() => errors.length).toBe(1);
    expect(errors).toMatchObject([{ name: 'HandshakeError' }]);
  });

  test('may send any bytes: the server goes on', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), fc.boolean(), async (bytes, isFirst) => {
        const { client, send } = await peer({ handshake: 300, close: 300 });
        if (!isFirst) send(2, parameters);
        send(2, bytes);
        send(8, new Uint8Array([0x03, 0xe8]));
        await client.until(({ hasClosed, hasEnded }) => hasClosed || hasEnded);
        client.socket.destroy();
      }),
      { numRuns: 40 },
    );
  });
});
