import { type ConnectionOptions, connect, createSecureContext, type TLSSocket, type TlsOptions } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { dial } from '../../src/node/client/dial.js';
import { guardTls } from '../../src/node/tls-callbacks.js';
import { HandshakeError } from '../../src/protocol/contract/errors.js';
import { hostileValues } from '../support/hostile-values.js';
import { cleanUp, expectNothingLeft, portOf, rejection, serveForTest, TLS } from './harness.js';

expectNothingLeft();

const context = createSecureContext(TLS);

/** How a TLS handshake as `localhost` ends: with the protocol agreed, or with an error. */
function shake(port: number, options: ConnectionOptions = {}): Promise<string | false | null | Error> {
  return new Promise((resolve) => {
    const socket: TLSSocket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: TLS.cert, ...options });
    cleanUp(() => void socket.destroy());
    socket.once('secureConnect', () => resolve(socket.alpnProtocol));
    socket.once('error', resolve);
    socket.once('close', () => resolve(new Error('closed')));
  });
}

test('what is not theirs stays as it is, and nothing is added', () => {
  const options = { ...TLS, minVersion: 'TLSv1.3' } as const;
  expect(guardTls(options)).toEqual(options);
});

describe.each(hostileValues)('what is thrown is %s', (_name, create) => {
  const fail = (): never => {
    throw create();
  };

  test.each<[string, TlsOptions, ConnectionOptions]>([
    ['SNICallback', { SNICallback: fail }, {}],
    ['SNICallback that promises', { SNICallback: async () => fail() }, {}],
    ['ALPNCallback', { ALPNCallback: fail }, { ALPNProtocols: ['http/1.1'] }],
    ['pskCallback', { pskCallback: fail, pskIdentityHint: 'hint', ciphers: 'PSK' }, pskOptions()],
  ])('%s of a server: the client is refused, the next one is not affected', async (_which, options, client) => {
    let isFaulty = true;
    const faulty = Object.fromEntries(
      Object.entries(options).map(([name, value]) => {
        if (typeof value !== 'function') return [name, value];
        return [name, (...args: never[]) => (isFaulty ? value(...args) : works(name, args))];
      }),
    );
    const server = await serveForTest({ tls: { ...TLS, ...faulty } });
    expect(await shake(portOf(server), client)).toBeInstanceOf(Error);
    isFaulty = false;
    expect(await shake(portOf(server), client)).not.toBeInstanceOf(Error);
  });

  test('checkServerIdentity of a client: it cannot connect', async () => {
    const server = await serveForTest({ tls: TLS });
    const error = await rejection(dial(server.url, { tls: { ca: TLS.cert, checkServerIdentity: fail } }));
    expect(error).toBeInstanceOf(HandshakeError);
    expect(error.code).toBe('CONNECT_FAILED');
  });
});

function pskOptions(): ConnectionOptions {
  return {
    ciphers: 'PSK',
    maxVersion: 'TLSv1.2',
    checkServerIdentity: () => undefined,
    pskCallback: () => ({ psk: Buffer.from('0123456789abcdef'), identity: 'it' }),
  } as unknown as ConnectionOptions;
}

function works(name: string, args: unknown[]): unknown {
  if (name === 'SNICallback') (args[1] as (error: null, given: typeof context) => void)(null, context);
  return name === 'ALPNCallback' ? 'http/1.1' : name === 'pskCallback' ? Buffer.from('0123456789abcdef') : undefined;
}
