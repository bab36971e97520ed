import './virtual-time.js';
import { nodePlatform, resolveOptions, type Transport } from '@webson/connection';
import { type Extensions, extensionsOf } from '@webson/connection/internal';
import { acceptExtensions, answerExtensions, HeaderMap, offerExtensions } from '@webson/handshake';
import { Connection, type ConnectionOptions } from 'webson';
import type { Plan } from './plan.js';

/** The options of one end. */
export function optionsOf({ protocol, compress, sides }: Plan, index: number): ConnectionOptions {
  const side = sides[index]!;
  const isGo = protocol.startsWith('go');
  return {
    synchronize: side.synchronize,
    triggerOnStart: side.triggerOnStart,
    enableStreams: protocol.includes('streams'),
    streamWindow: protocol === 'unwindowed streams' ? false : side.streamWindow,
    connectionWindow: side.connectionWindow,
    maxPendingHandlers: side.maxPendingHandlers,
    maxPendingBytes: side.maxPendingBytes,
    ...(side.maxMessageSize === undefined ? {} : { maxMessageSize: side.maxMessageSize }),
    highWaterMark: side.highWaterMark,
    maxStreams: side.maxStreams,
    chunkSize: side.chunkSize,
    pingInterval: side.pingInterval,
    // Whoever needs this long would wait for ever.
    timeout: { close: 3_600_000, pong: 3_600_000, stall: 3_600_000 },
    enableCompress: compress !== false && {
      contextTakeover: compress === 'takeover',
      threshold: 40,
      level: 1,
      threadFrom: 2 ** 30,
    },
    ...(isGo ? { dialect: 'go', pacing: side.pacing } : {}),
  };
}

const loaded = new Set<string>();

// Code for an option is loaded when it is wanted for the first time.
async function extensionsFor(options: ConnectionOptions, isClient: boolean): Promise<Extensions> {
  const settings = resolveOptions(options);
  const extensions = extensionsOf(options, settings, isClient ? 'client' : 'server');
  return extensions instanceof Promise ? await extensions : extensions;
}

/** Loads what any plan may want, so that nothing has to be waited for in the middle of a case. */
export async function loadEverything(): Promise<void> {
  if (loaded.size > 0) return;
  for (const dialect of ['rfc', 'go'] as const) {
    loaded.add(dialect);
    await extensionsFor({ dialect, enableStreams: true, enableCompress: true }, true);
  }
}

/** Two connections over the two ends of a link, with what they agree on; not started. */
export async function connectBoth(
  plan: Plan,
  transports: readonly [Transport, Transport],
): Promise<[Connection, Connection]> {
  const options = [optionsOf(plan, 0), optionsOf(plan, 1)] as const;
  const client = await extensionsFor(options[0], true);
  const server = await extensionsFor(options[1], false);
  const answered = answerExtensions(server.supports, offerExtensions(client.supports));
  const accepted = acceptExtensions(
    client.supports,
    answered.map(({ extension }) => extension),
  );
  const serverUse = server.use(answered, HeaderMap.fromRecord(client.requestFields));
  const clientUse = client.use(accepted, HeaderMap.fromRecord(server.answerFields(serverUse)));
  const negotiated = { protocol: '', extensions: answered.map(({ extension }) => extension) };
  const parts = { platform: nodePlatform, negotiated };
  return [
    new Connection({
      ...parts,
      ...clientUse,
      settings: resolveOptions(options[0]),
      transport: transports[0],
      isClient: true,
    }),
    new Connection({
      ...parts,
      ...serverUse,
      settings: resolveOptions(options[1]),
      transport: transports[1],
      isClient: false,
    }),
  ];
}
