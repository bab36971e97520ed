/** The sub-protocol that means the inner protocol without one of the application. */
const INNER_PROTOCOL = 'webson.v1';

/**
 * The sub-protocols that a client offers who wants the inner protocol: those of the application, then the inner protocol with
 * each of them, in the same order, and alone.
 */
export function offeredWithInner(protocols: readonly string[]): string[] {
  return [...protocols, ...protocols.map((name) => `${INNER_PROTOCOL}+${name}`), INNER_PROTOCOL];
}

/** The sub-protocol of the application in one that means the inner protocol, '' for none; undefined for any other. */
export function withinInner(protocol: string): string | undefined {
  if (protocol === INNER_PROTOCOL) return '';
  return protocol.startsWith(`${INNER_PROTOCOL}+`) ? protocol.slice(INNER_PROTOCOL.length + 1) : undefined;
}

/** The name under which the inner protocol was offered together with a sub-protocol of the application, '' for none. */
export function innerNameOf(protocol: string): string {
  return protocol === '' ? INNER_PROTOCOL : `${INNER_PROTOCOL}+${protocol}`;
}

/**
 * The sub-protocol of the application, '' for none, with which a server takes the inner protocol; undefined when it takes another
 * sub-protocol, or none.
 *
 * @param offered all sub-protocols of the client.
 * @param choose what the server takes of some sub-protocols of the application, '' for none.
 */
export function innerChoice(
  offered: readonly string[],
  choose: (offered: readonly string[]) => string,
): string | undefined {
  const within = offered.map(withinInner).filter((name) => name !== undefined);
  if (within.length === 0) return undefined;
  const name = choose(within.filter((each) => each !== ''));
  return within.includes(name) ? name : undefined;
}
