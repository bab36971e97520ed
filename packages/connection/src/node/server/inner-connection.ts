import { CloseCode } from '@webson/frame';
import { isA, toError } from '../../application/thrown.js';
import { Connection } from '../../connection.js';
import type { ConnectionParts } from '../../connection-parts.js';
import { ConnectionCarrier } from '../../inner/connection-carrier.js';
import { InnerTransport, MESSAGE_SIZE } from '../../inner/transport.js';
import { ClosedError, HandshakeError } from '../../protocol/contract/errors.js';
import { Attempt } from '../../time/attempt.js';
import type { InnerSupport } from '../extensions.js';

/** The longest header of a frame with a stream, in bytes. */
const FRAME_OVERHEAD = 16;

/**
 * Makes the connection inside a connection to a client that has only the WebSocket of its platform, once the parameters of the
 * client have come. The parts are those of the outer one; its messages are never seen by the application.
 *
 * Rejects with HandshakeError when the client does not send its parameters within `timeout.handshake`, sends something else, or
 * leaves, and when `signal` aborts meanwhile.
 */
export async function openInner<Data>(
  parts: ConnectionParts,
  protocol: string,
  support: InnerSupport,
  data: Data,
  signal: AbortSignal | undefined,
): Promise<Connection<Data>> {
  const { settings, platform } = parts;
  const largest = Math.min(MESSAGE_SIZE + settings.maxPayloadSize + FRAME_OVERHEAD, Number.MAX_SAFE_INTEGER);
  const outerSettings = {
    ...settings,
    streams: undefined,
    triggerOnStart: false,
    synchronize: true,
    maxPayloadSize: largest,
    maxMessageSize: largest,
    // What waits in the outer connection cannot be overtaken by a small message any more.
    highWaterMark: MESSAGE_SIZE,
    pingInterval: 0,
  };
  const outer = new Connection({ ...parts, settings: outerSettings });
  const transport = new InnerTransport(new ConnectionCarrier(outer), support.parameters);
  const attempt = new Attempt({
    timeout: settings.handshakeTimeout,
    onTimeout: () => new HandshakeError('TIMEOUT', 'no parameters of the inner protocol within timeout.handshake'),
    signal,
    onAbort: (cause) => new HandshakeError('ABORTED', 'Going away', {}, { cause }),
  });
  try {
    const { streams, extension } = support.agree(await attempt.wait(transport.peerParameters));
    const negotiated = { protocol, extensions: [...parts.negotiated.extensions, extension] };
    const opened = { transport, negotiated, streams, isUnmasked: true };
    return new Connection<Data>({ ...opened, platform, settings, isClient: false, data });
  } catch (error) {
    if (signal?.aborted === true) outer.close(CloseCode.GoingAway);
    else outer.close(CloseCode.ProtocolError, 'no inner protocol');
    throw isA(error, HandshakeError) ? error : failed(toError(error));
  } finally {
    attempt.stop();
  }
}

function failed(cause: Error): HandshakeError {
  const code = isA(cause, ClosedError) ? 'DISCONNECTED' : 'INNER_PROTOCOL';
  return new HandshakeError(code, `the inner protocol did not begin: ${cause.message}`, {}, { cause });
}
