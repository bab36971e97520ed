import { type Connection, carrierOf, isA, toError } from '@webson/connection/internal';
import { Lane } from './lane.js';
import type { LaneMessage } from './lane-frames.js';
import type { LaneOptions } from './options.js';
import { RpcError } from './rpc-error.js';

/** Options of `birpcChannel`. */
export interface BirpcOptions extends LaneOptions {
  /** What makes text or bytes of a message of birpc; `JSON.stringify` by default, with the name, message and code of errors. */
  serialize?: (message: unknown) => string | Uint8Array;
  /** The reverse; `JSON.parse` by default, with errors as Error. */
  deserialize?: (data: string | Uint8Array) => unknown;
}

/** The options for `createBirpc` that {@link birpcChannel} returns: give them alone, or spread among others. */
export interface BirpcChannel {
  readonly post: (data: unknown) => Promise<void> | undefined;
  readonly on: (listener: Listener) => undefined;
  readonly off: () => undefined;
  readonly serialize: (message: unknown) => unknown;
  readonly deserialize: (data: unknown) => unknown;
  /** Resolves to the reason when the session is over. Never rejects. */
  readonly closed: Promise<Error>;
}

type Listener = (data: unknown) => unknown;

/** A message of birpc: a request, 'q', or a reply, 's'; of those that want no reply `i` is missing. */
interface BirpcMessage {
  readonly t?: unknown;
  readonly i?: unknown;
  readonly e?: unknown;
}

/** A message on its way to the lane. */
class Outgoing {
  readonly isReply: boolean;
  /** Undefined for what wants no reply. */
  readonly id: unknown;
  readonly data: LaneMessage;

  constructor(message: unknown, data: LaneMessage) {
    const { t, i } = message as BirpcMessage;
    this.isReply = t === 's';
    this.id = i;
    this.data = data;
  }
}

/** What a call gets that will not be answered. */
class Unanswered {
  readonly reply: BirpcMessage;

  constructor(id: unknown, error: Error) {
    this.reply = { t: 's', i: id, e: error };
  }
}

/**
 * A channel for `createBirpc` of birpc, on both sides of a connection; the one that dialled opens it.
 *
 * Messages arrive in order. Calls whose connection or session ends reject with the reason, as do those that are made later. The
 * promise that `post` returns, which birpc waits for, resolves when there is room; a call that does not find any rejects with
 * RpcError `RPC_QUEUE_FULL`, and a reply that does not ends the session. In place of a reply that is too large goes the error. `$close()` sends what was posted, and ends it.
 *
 * @throws what `openChannel` throws, on the side that dialled: it must be started; what `onChannel` throws on the other, which
 *   should not be started yet; ConfigError for an option that is wrong.
 */
export function birpcChannel(connection: Connection<unknown>, options: BirpcOptions = {}): BirpcChannel {
  const { serialize = toJson, deserialize = fromJson, ...rest } = options;
  const carrier = carrierOf(connection);
  const lane = new Lane(connection, rest, 'birpc');
  // Calls that were sent, and have no reply yet.
  const pending = new Set<unknown>();
  let isOff = false;
  let finish: (error: Error) => void;
  const closed = new Promise<Error>((resolve) => {
    finish = resolve;
  });
  // What a listener rejects with is told, and concerns no other message. When the session is over it is that replies cannot be sent.
  const tell = async (listener: Listener, data: unknown): Promise<void> => {
    try {
      await listener(data);
    } catch (error) {
      if (!lane.isOver) carrier.hear(error);
    }
  };
  const pump = async (listener: Listener): Promise<void> => {
    try {
      while (!isOff) for (const message of await lane.next()) if (!isOff) void tell(listener, message);
    } catch (error) {
      for (const id of pending) void tell(listener, new Unanswered(id, error as Error));
      pending.clear();
      finish(error as Error);
    }
  };
  // Who has called would wait for a reply in vain.
  const reply = ({ id, data }: Outgoing): Promise<void> | undefined => {
    try {
      return lane.send(data);
    } catch (error) {
      if ((error as RpcError).code === 'RPC_MESSAGE_TOO_LARGE') {
        return reply(new Outgoing({ t: 's', i: id }, checked(serialize({ t: 's', i: id, e: error }))));
      }
      lane.fail(error as Error);
      throw error;
    }
  };
  return {
    post(data) {
      if (!(data instanceof Outgoing)) throw new TypeError('serialize: give it to birpcChannel, not to createBirpc');
      if (data.isReply) return reply(data);
      const room = lane.send(data.data);
      if (data.id !== undefined) pending.add(data.id);
      return room;
    },
    on: (listener) => void pump(listener),
    off() {
      isOff = true;
      lane.end();
      finish(new RpcError('RPC_ENDED', 'this side has ended the session'));
    },
    serialize: (message) => new Outgoing(message, checked(serialize(message))),
    deserialize(data) {
      if (data instanceof Unanswered) return data.reply;
      const message = parsed(data as LaneMessage, deserialize);
      if (message instanceof RpcError) {
        lane.fail(message);
        throw message;
      }
      if (message.t === 's') pending.delete(message.i);
      return message;
    },
    closed,
  };
}

function checked(data: unknown): LaneMessage {
  if (typeof data === 'string' || isA(data, Uint8Array)) return data as LaneMessage;
  throw new TypeError(
    `serialize: a string or a Uint8Array expected, got ${data === null ? 'null' : `a ${typeof data}`}`,
  );
}

function parsed(data: LaneMessage, deserialize: (data: LaneMessage) => unknown): BirpcMessage | RpcError {
  try {
    const message = deserialize(data);
    if (typeof message === 'object' && message !== null) return message;
  } catch (error) {
    return new RpcError('RPC_MALFORMED', `the peer has sent what cannot be read: ${toError(error).message}`);
  }
  return new RpcError('RPC_MALFORMED', 'the peer has sent what is no message of birpc');
}

function toJson(message: unknown): string {
  const { e } = message as BirpcMessage;
  if (!(e instanceof Error)) return JSON.stringify(message);
  const { name, message: text } = e;
  return JSON.stringify({
    ...(message as BirpcMessage),
    e: { name, message: text, code: (e as { code?: unknown }).code },
  });
}

function fromJson(data: LaneMessage): unknown {
  if (typeof data !== 'string') throw new TypeError('text expected, got bytes');
  const message = JSON.parse(data) as BirpcMessage | null;
  const e = message?.e as { name?: unknown; message?: unknown; code?: unknown } | null | undefined;
  if (typeof e?.name !== 'string' || typeof e.message !== 'string') return message;
  const error = Object.assign(new Error(e.message), { name: e.name });
  return { ...message, e: e.code === undefined ? error : Object.assign(error, { code: e.code }) };
}
