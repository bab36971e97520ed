import type { ConnectionOptions, DialOptions, ServeOptions } from 'webson';
import type { Secrets } from './secrets.js';

/** What the client is called by in the TLS handshake: it is sent in the clear. */
const IDENTITY = 'channel';

// The keys of a session come from a Diffie-Hellman exchange, so that a PSK that gets known later opens no recording.
// Node takes no PSK in TLS 1.3.
const tls = { ciphers: 'ECDHE-PSK-CHACHA20-POLY1305', minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const;

/** Options of the server. @param isPlain leaves TLS out: everybody on the way can read everything. */
export function serverOptions(secrets: Secrets, isPlain: boolean): ServeOptions {
  if (isPlain) return agreed(secrets);
  const pskCallback = (_socket: unknown, identity: string): Buffer | null =>
    identity === IDENTITY ? secrets.psk : null;
  return { ...agreed(secrets), tls: { ...tls, pskCallback } };
}

/** Options of a client. Those for TLS matter with a `wss:` URL. */
export function clientOptions(secrets: Secrets): DialOptions {
  const pskCallback = (): { psk: Buffer; identity: string } => ({ psk: secrets.psk, identity: IDENTITY });
  // There is no certificate to check: a server that has the PSK is the right one.
  return { ...agreed(secrets), tls: { ...tls, pskCallback, checkServerIdentity: () => undefined } };
}

// `alwaysMask`: the mask covers what the server sends too.
function agreed({ magicKey, privateMask }: Secrets): ConnectionOptions {
  return { magicKey, privateMask, alwaysMask: true, maxMessageSize: 64 * 1024 };
}
