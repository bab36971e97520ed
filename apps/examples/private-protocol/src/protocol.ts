import type { ConnectionOptions } from 'webson';

/** A message of this protocol's own: temperatures, 8 bytes each. RFC 6455 §5.2 leaves the types 3 to 7 to programs. */
export const Reading = 3;

/** A header field without which nobody is looked at any further. */
export const DEPLOYMENT = { name: 'x-deployment', value: 'greenhouse' } as const;

/** Whom the server knows, and by which password. */
export const USERS: ReadonlyMap<string, string> = new Map([['ada', 'lovelace']]);

/** What both ends have to set alike. It stands here to be seen: a program of yours reads its secrets from its environment. */
export const dialect: ConnectionOptions = {
  magicKey: 'not the GUID of RFC 6455',
  privateMask: new TextEncoder().encode('thirty-two bytes that both know!'),
  alwaysMask: true,
  enableStreams: true,
};

/** The header fields of a client. `name:password@` in its URL would make the second of them. */
export function credentials(user: string): Record<string, string> {
  return { [DEPLOYMENT.name]: DEPLOYMENT.value, Authorization: `Basic ${Buffer.from(user).toString('base64')}` };
}
