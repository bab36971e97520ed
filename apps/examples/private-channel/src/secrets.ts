import { readFileSync } from 'node:fs';

/** What both sides know, and nobody else. */
export interface Secrets {
  /** Key of the TLS connection. */
  readonly psk: Buffer;
  readonly magicKey: string;
  readonly privateMask: Buffer;
}

/** Reads the file that `create-secrets` writes. @throws Error when there is none, or it is another. */
export function readSecrets(file: string): Secrets {
  const { psk, magicKey, privateMask } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  if (typeof psk !== 'string' || typeof magicKey !== 'string' || typeof privateMask !== 'string') {
    throw new Error(`${file}: psk, magicKey and privateMask are needed`);
  }
  return { psk: Buffer.from(psk, 'hex'), magicKey, privateMask: Buffer.from(privateMask, 'hex') };
}
