import { computeAccept } from '@webson/handshake';
import { describe, expect, test } from 'vitest';
import type { Connection } from '../../src/connection.js';
import { dial } from '../../src/node/client/dial.js';
import type { ConnectionOptions } from '../../src/options/options.js';
import { cleanUp, expectNothingLeft, listen, portOf, RawClient, serveForTest } from '../node/harness.js';
import { hex } from '../support/frames.js';
import { GO_DEFLATE } from './connecting.js';
import { type GoHandshakeOptions, goClientReads, goServerReads } from './go-handshake.js';
import { type GoConfig, type HandshakeVector, handshakes } from './vectors.js';

// Captured requests of the Go kit to a server with `dialect: 'go'`, captured answers to such a client; and what these
// two write, given to the Go kit's own rules.

expectNothingLeft();

const cases = handshakes.map((vector) => [vector.id.slice('handshake/'.length), vector] as const);
/** The Go kit counts to 32768, but there are 32767 ids. */
const MAX_STREAMS = 32767;

/** A side of a vector, in the options of webson. */
function optionsOf({ EnableStreams, MaxStreams, EnableCompress, PrivateMask, MagicKey }: GoConfig): ConnectionOptions {
  return {
    dialect: 'go',
    pingInterval: 0,
    origins: '*',
    enableStreams: EnableStreams === true,
    ...(MaxStreams === undefined ? {} : { maxStreams: Math.min(MaxStreams, MAX_STREAMS) }),
    enableCompress: EnableCompress === true,
    ...(PrivateMask === undefined ? {} : { privateMask: hex(PrivateMask) }),
    ...(MagicKey === undefined ? {} : { magicKey: MagicKey }),
  };
}

/** A side of a vector, as the Go kit has it. */
function goOptionsOf({ EnableStreams, MaxStreams = 1024, EnableCompress, MagicKey }: GoConfig): GoHandshakeOptions {
  return {
    maxStreams: EnableStreams === true ? MaxStreams : undefined,
    deflate: EnableCompress === true,
    ...(MagicKey === undefined ? {} : { magicKey: MagicKey }),
  };
}

/** What a Go endpoint knows nothing of. */
const TUNED = { windowBits: 10, contextTakeover: true };

function textOf(digits: string): string {
  return Buffer.from(digits, 'hex').toString('latin1');
}

/** What a connection has agreed to. */
function agreedBy({ extensions }: Connection): string[] {
  return Object.keys(extensions);
}

function extensionsOf({ deflate, streams }: { deflate: boolean; streams: number | null }): string[] {
  return [...(deflate ? ['permessage-deflate'] : []), ...(streams === null ? [] : ['webson-streams'])];
}

/** What is agreed by two of which one is webson. */
function negotiatedBetween({ negotiated }: HandshakeVector): HandshakeVector['negotiated'] {
  const { streams, deflate } = negotiated;
  return { streams: streams === null ? null : Math.min(streams, MAX_STREAMS), deflate };
}

test('17 handshakes', () => expect(cases).toHaveLength(17));

describe("the Go kit's own rules", () => {
  test.each(cases)('%s', (_, { request, response, key, config, negotiated }) => {
    const server = goServerReads(textOf(request.hex), goOptionsOf(config.server));
    expect(server).toEqual(negotiated);
    expect(goClientReads(textOf(response.hex), key, goOptionsOf(config.client))).toEqual(negotiated);
  });

  test('what it refuses', () => {
    const [request, response] = [handshakes[2]!.request, handshakes[2]!.response].map(({ hex }) => textOf(hex)) as [
      string,
      string,
    ];
    const { key } = handshakes[2]!;
    const streams = { maxStreams: 1024 };
    expect(goServerReads(request.replace('Connection:Upgrade', 'Connection: keep-alive, Upgrade'))).toBe(426);
    expect(goServerReads(request.replace('Upgrade:websocket', 'Upgrade: websocket, h2c'))).toBe(400);
    expect(goServerReads(request.replace('Version:13', 'Version:12'))).toBe(400);
    expect(goServerReads(request.replace('Streams:1024', 'Streams:0'), streams)).toBe(400);
    expect(goClientReads(response.replace('101 Switching Protocols', '101 OK'), key)).toBe('ws not supported');
    expect(goClientReads(response, `${key}=`)).toBe('invalid accept key');
    const withDeflate = response.replace('\r\n', `\r\nSec-WebSocket-Extensions: ${GO_DEFLATE.replaceAll(' ', '')}\r\n`);
    expect(goClientReads(withDeflate, key, { deflate: true })).toEqual({ streams: null, deflate: false });
  });
});

describe('a request of a Go client is taken', () => {
  test.each(cases)('%s', async (_, vector) => {
    const { request, key, config } = vector;
    const connections: Connection[] = [];
    const server = await serveForTest(optionsOf(config.server), (connection) => connections.push(connection));
    const client = RawClient.to(portOf(server), textOf(request.hex));
    const response = await client.head();
    expect(goClientReads(response, key, goOptionsOf(config.client))).toEqual(negotiatedBetween(vector));
    // Exactly these lines: a Go client looks for them by the byte.
    const { streams, deflate } = negotiatedBetween(vector);
    const [startLine, ...lines] = response.trimEnd().split('\r\n');
    expect(startLine).toBe('HTTP/1.1 101 Switching Protocols');
    expect(lines.sort()).toEqual(
      [
        'Connection: Upgrade',
        `Sec-WebSocket-Accept: ${vector.accept}`,
        ...(deflate ? [`Sec-WebSocket-Extensions: ${GO_DEFLATE}`] : []),
        'Upgrade: websocket',
        ...(streams === null ? [] : [`Webson-Max-Streams: ${streams}`]),
      ].sort(),
    );
    expect(connections.map(agreedBy)).toEqual([extensionsOf({ deflate, streams })]);
    connections[0]!.close();
  });

  test('whatever is set for compression, the answer is the one that a Go client knows', async () => {
    const { request, key } = handshakes.find(({ id }) => id === 'handshake/compress')!;
    const server = await serveForTest({ dialect: 'go', enableCompress: TUNED });
    const client = RawClient.to(portOf(server), textOf(request.hex));
    expect(goClientReads(await client.head(), key, { deflate: true })).toEqual({ streams: null, deflate: true });
  });

  test('with a number of streams that is none it is refused', async () => {
    const request = textOf(handshakes[2]!.request.hex);
    const server = await serveForTest({ dialect: 'go', enableStreams: true });
    for (const wrong of ['0', '-1', 'many', '']) {
      const client = RawClient.to(portOf(server), request.replace('Max-Streams:1024', `Max-Streams:${wrong}`));
      expect(await client.head(), wrong).toMatch(/^HTTP\/1\.1 400 /);
    }
  });
});

describe('the answer of a Go server is taken', () => {
  test.each(cases)('%s', async (_, vector) => {
    const { config, magic, accept } = vector;
    let request = '';
    const server = await listen((socket) => {
      socket.on('data', (chunk: Buffer) => {
        if (request.includes('\r\n\r\n')) return;
        request += chunk.toString('latin1');
        if (!request.includes('\r\n\r\n')) return;
        socket.write(textOf(vector.response.hex).replace(accept, goAccept(request, magic)), 'latin1');
      });
    });
    const client = await dial(`ws://127.0.0.1:${server.port}/`, {
      ...optionsOf(config.client),
      extraHeaders: { Secret: 'secretkey' },
    });
    cleanUp(() => client.close());
    expect(agreedBy(client)).toEqual(extensionsOf(negotiatedBetween(vector)));
    // A Go server would have agreed to as much.
    expect(goServerReads(request, goOptionsOf(config.server))).toEqual(negotiatedBetween(vector));
    expect(request).not.toMatch(/server_max_window_bits|webson-streams|Sec-WebSocket-Protocol/i);
    const over = client.start();
    for (const socket of server.sockets) socket.end();
    await over;
  });

  test('whatever is set for compression, no smaller window is asked for', async () => {
    const { response, magic, accept } = handshakes.find(({ id }) => id === 'handshake/compress')!;
    let request = '';
    const server = await listen((socket) => {
      socket.once('data', (chunk: Buffer) => {
        request = chunk.toString('latin1');
        socket.write(textOf(response.hex).replace(accept, goAccept(request, magic)), 'latin1');
      });
    });
    const client = await dial(`ws://127.0.0.1:${server.port}/`, { dialect: 'go', enableCompress: TUNED });
    expect(goServerReads(request, { deflate: true })).toEqual({ streams: null, deflate: true });
    expect(request).not.toContain('server_max_window_bits');
    const over = client.start();
    for (const socket of server.sockets) socket.end();
    await over;
  });

  function goAccept(request: string, magicKey: string): string {
    const key = /^Sec-WebSocket-Key: *(\S+)/im.exec(request)![1]!;
    return computeAccept(key, magicKey);
  }
});
