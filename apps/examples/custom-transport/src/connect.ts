import { Connection, type ConnectionOptions, nodePlatform, resolveOptions, type Transport } from '@webson/connection';

/** A connection over a transport, without an opening handshake: both ends know what they have agreed on, here nothing. */
export function connectOver(transport: Transport, isClient: boolean, options: ConnectionOptions = {}): Connection {
  return new Connection({
    transport,
    isClient,
    platform: nodePlatform,
    settings: resolveOptions(options),
    negotiated: { protocol: '', extensions: [] },
  });
}
