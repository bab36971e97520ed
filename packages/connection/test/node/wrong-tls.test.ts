import { describe, expect, test } from 'vitest';
import { type DialOptions, dial } from '../../src/node/client/dial.js';
import { type ServeOptions, serve } from '../../src/node/server/serve.js';
import { wrongTls } from '../../src/node/wrong-tls.js';
import { ConfigError } from '../../src/protocol/contract/errors.js';
import { expectNothingLeft, rejection, TLS } from './harness.js';

expectNothingLeft();

const HINT = '; what is in a file in PEM is expected, not its name';

describe('TLS options that Node cannot take: which one it is', () => {
  test.each<[string, object, RegExp]>([
    [
      'a path for a key',
      { ...TLS, key: '/etc/key.pem' },
      /^tls\.key: .+; what is in a file in PEM is expected, not its name$/,
    ],
    [
      'a path for a certificate',
      { ...TLS, cert: './cert.pem' },
      /^tls\.cert: .+; what is in a file in PEM is expected/,
    ],
    ['the certificate for a key', { key: TLS.cert, cert: TLS.cert }, /^tls\.key: /],
    ['a pfx that is none', { pfx: Buffer.from('text') }, /^tls\.pfx: [^;]+$/],
    ['unknown ciphers', { ...TLS, ciphers: 'none' }, /^tls\.ciphers: [^;]+$/],
    ['an unknown option of Node', { ...TLS, minVersion: 'TLSv9' }, /^tls: /],
  ])('serve: %s', async (_, tls, message) => {
    const error = await rejection(serve({ host: '127.0.0.1', tls } as ServeOptions, () => {}));
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toMatch(message);
    expect(error.cause).toBeInstanceOf(Error);
  });

  test('dial', async () => {
    const error = await rejection(dial('wss://127.0.0.1:9/', { tls: { cert: 'cert.pem' } } as DialOptions));
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toMatch(/^tls\.cert: /);
    expect(error.message.endsWith(HINT)).toBe(true);
  });

  test('a key and a certificate that do not belong together are both named', () => {
    // Each can be read by itself.
    const cause = new Error('error:05800074:x509 certificate routines::key values mismatch');
    expect(wrongTls(TLS, cause)).toEqual(new ConfigError(`tls.key and tls.cert: ${cause.message}`));
  });
});
