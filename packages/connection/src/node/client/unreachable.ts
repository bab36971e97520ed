import { HandshakeError } from '../../protocol/contract/errors.js';
import type { Address } from './address.js';

const ASK_FOR_A_CA = 'if the certificate is one of your own, give that of its issuer: tls: { ca }';
const OTHER_CERTIFICATE = 'the certificate has to be renewed at the server';
const IS_SILENT = 'does a firewall keep it from answering, is the address right?';

/** What to look at after an error of the system, or one about a certificate, by its code. */
const HINTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there: does the server run, and is this its port?',
  ENOTFOUND: 'no host of that name is known',
  EAI_AGAIN: 'the name could not be looked up for now: is there a network?',
  ETIMEDOUT: IS_SILENT,
  EHOSTUNREACH: IS_SILENT,
  ENETUNREACH: IS_SILENT,
  ENOENT: 'there is no such socket: does the server run?',
  EACCES: 'this user may not open the socket',
  DEPTH_ZERO_SELF_SIGNED_CERT: ASK_FOR_A_CA,
  SELF_SIGNED_CERT_IN_CHAIN: ASK_FOR_A_CA,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ASK_FOR_A_CA,
  UNABLE_TO_GET_ISSUER_CERT: ASK_FOR_A_CA,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ASK_FOR_A_CA,
  CERT_HAS_EXPIRED: OTHER_CERTIFICATE,
  CERT_NOT_YET_VALID: `${OTHER_CERTIFICATE}, or the clock of this machine is wrong`,
  ERR_TLS_CERT_ALTNAME_INVALID: 'dial a name that the certificate is for, or say which: tls: { servername }',
};

/** What the TLS library says of bytes that are not TLS. Its codes differ between versions. */
const NOT_TLS = /wrong version number|packet length too long|record layer failure|http request/i;

/** What the TLS library says of the server's alerts, and what to look at. */
const ALERTS: readonly (readonly [said: RegExp, hint: string])[] = [
  [/alert no application protocol/i, 'the server speaks no HTTP/1.1 on this port, perhaps HTTP/2 alone'],
  [/certificate required/i, 'the server wants a certificate of the client: tls: { key, cert }'],
  [/protocol version|unsupported protocol/i, 'server and client have no version of TLS in common: tls: { minVersion }'],
  [
    /handshake failure/i,
    'does the server want a certificate of the client, or other ciphers: tls: { key, cert, ciphers }?',
  ],
];

/** The error of a client whose connection cannot be made, or breaks during the handshake. It says what to look at. */
export function unreachable(address: Address, cause: Error): HandshakeError {
  const { said, code } = describe(cause);
  const begin = `cannot connect to ${address.url}: `;
  if (address.isSecure && NOT_TLS.test(said)) {
    const message = `${begin}the server does not speak TLS on this port (${said}): dial ws: instead of wss:`;
    return new HandshakeError('TLS_MISMATCH', message, {}, { cause });
  }
  const hint = hintFor(address, said, code);
  return new HandshakeError('CONNECT_FAILED', begin + said + (hint === undefined ? '' : `; ${hint}`), {}, { cause });
}

function hintFor({ isSecure }: Address, said: string, code: string): string | undefined {
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    if (!isSecure) return 'if the server speaks TLS on this port, dial wss: instead of ws:';
    return /before secure/i.test(said)
      ? 'if the server does not speak TLS on this port, dial ws: instead of wss:'
      : undefined;
  }
  return isSecure ? (HINTS[code] ?? ALERTS.find(([alert]) => alert.test(said))?.[1]) : HINTS[code];
}

// Reading the properties of an error made by the application may throw.
function describe(cause: Error & { errors?: Error[]; code?: unknown }): { said: string; code: string } {
  try {
    const { code, errors, message } = cause;
    // Node's error for a host of which every address has failed has no message of its own.
    const said = String(message || errors?.map((error) => error.message).join(', ') || cause.name);
    // The TLS library says where in its files it was.
    return { said: /:SSL routines:[^:]*:([^:]+):/.exec(said)?.[1] ?? said, code: String(code) };
  } catch {
    return { said: 'an error without a message', code: '' };
  }
}
