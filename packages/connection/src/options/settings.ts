import type { CheckedConnectionOptions, ConnectionOptions, Settings, Timeouts } from './options.js';

/** What matters of checked options after the opening handshake. */
export function settingsOf(options: CheckedConnectionOptions): Settings {
  const { connectionWindow, streamWindow, pacing } = options;
  const timeout = options.timeout as Required<Timeouts>;
  const windows = streamWindow === false ? undefined : { stream: streamWindow, connection: connectionWindow };
  return {
    chunkSize: options.chunkSize,
    maxPayloadSize: options.maxPayloadSize,
    maxMessageSize: options.maxMessageSize,
    maxFragments: options.maxFragments,
    triggerOnStart: options.triggerOnStart,
    streams: options.enableStreams ? { maxStreams: options.maxStreams, windows } : undefined,
    connectionWindow,
    streamIdleTimeout: options.streamIdleTimeout,
    synchronize: options.synchronize,
    maxPendingBytes: options.maxPendingBytes,
    maxPendingHandlers: options.maxPendingHandlers,
    handshakeTimeout: timeout.handshake,
    pongTimeout: timeout.pong,
    deadTimeout: timeout.dead === false ? Number.POSITIVE_INFINITY : timeout.dead,
    closeTimeout: timeout.close,
    stallTimeout: timeout.stall,
    pingInterval: options.pingInterval,
    hasMagicKey: options.magicKey !== undefined,
    privateMask: options.privateMask,
    alwaysMask: options.alwaysMask,
    highWaterMark: options.highWaterMark,
    goSettings: options.dialect === 'go' ? { pacing: pacing === false ? undefined : pacing } : undefined,
  };
}

/** The sub-protocols of the option `protocols`, as a list. */
export function protocolsOf({ protocols = [] }: ConnectionOptions): readonly string[] {
  return typeof protocols === 'string' ? [protocols] : protocols;
}
