import { readFileSync } from 'node:fs';
import type { ConnectionOptions, DialOptions, ServeOptions } from 'webson';

/** A kind of connection: what both ends are told. */
export interface Kind {
  readonly name: string;
  readonly server: ServeOptions;
  readonly client: DialOptions;
  /** Messages may overtake each other. */
  readonly isStreamed: boolean;
}

/** Milliseconds that a peer has to be silent for to be found out. */
export const SILENCE = 2500;

const HEARTBEAT: ConnectionOptions = {
  pingInterval: 400,
  timeout: { handshake: 3000, pong: SILENCE, dead: 1000, close: 1000 },
};

const data = new URL('../../../../packages/connection/test/data/', import.meta.url);
const tls = { key: readFileSync(new URL('key.pem', data)), cert: readFileSync(new URL('cert.pem', data)) };

function kind(
  name: string,
  options: ConnectionOptions,
  more: { server?: ServeOptions; client?: DialOptions } = {},
): Kind {
  const both = { ...HEARTBEAT, ...options };
  return {
    name,
    isStreamed: options.enableStreams === true,
    server: { ...both, ...more.server },
    client: { ...both, ...more.client },
  };
}

/** All of them, each with a server of its own. */
export const KINDS: readonly Kind[] = [
  kind('plain', {}),
  kind('synchronized', { synchronize: true, directSockets: false }),
  kind('streams', { enableStreams: true, streamWindow: 20_000 }),
  kind('compressed', { enableCompress: { threshold: 0, contextTakeover: true } }),
  kind('compressed streams', { enableStreams: true, enableCompress: { threshold: 100 }, alwaysMask: true }),
  kind('go', { dialect: 'go' }),
  kind('go streams', { dialect: 'go', enableStreams: true }),
  kind('tls', {}, { server: { tls }, client: { tls: { ca: tls.cert, checkServerIdentity: () => undefined } } }),
];
