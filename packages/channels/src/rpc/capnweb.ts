import type { Connection } from '@webson/connection/internal';
import { Lane } from './lane.js';
import type { LaneMessage } from './lane-frames.js';
import type { LaneOptions } from './options.js';
import { RpcError } from './rpc-error.js';

/** What `RpcSession` of capnweb runs over. */
export interface CapnwebTransport {
  send(message: string): void | Promise<void>;
  receive(): Promise<string>;
  abort(reason: unknown): void;
}

/**
 * A transport for `RpcSession` of capnweb, on both sides of a connection; the one that dialled opens its channel.
 *
 * Messages arrive in the order in which they were sent, as capnweb numbers what it imports by that. When the connection or the
 * session ends, its calls reject with the reason, and its stubs are broken. A message for which there is no room ends the session,
 * RpcError `RPC_QUEUE_FULL`, as does one that is too large: none may be missing.
 *
 * @throws what `openChannel` throws, on the side that dialled: it must be started; what `onChannel` throws on the other, which
 *   should not be started yet; ConfigError for an option that is wrong.
 */
export function capnwebTransport(connection: Connection<unknown>, options: LaneOptions = {}): CapnwebTransport {
  const lane = new Lane(connection, options, 'capnweb');
  let messages: LaneMessage[] = [];
  let at = 0;
  return {
    send: (message) => lane.send(message),
    async receive() {
      if (at === messages.length) {
        messages = await lane.next();
        at = 0;
      }
      const message = messages[at++];
      if (typeof message === 'string') return message;
      const error = new RpcError('RPC_MALFORMED', 'the peer has sent bytes in place of text');
      lane.fail(error);
      throw error;
    },
    abort() {
      messages = [];
      at = 0;
      lane.end();
    },
  };
}
