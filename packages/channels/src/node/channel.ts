import type { Duplex } from 'node:stream';
import { type Connection, carrierOf, duplexOver } from '@webson/connection/internal';
import type { ChannelEnds } from '../channel/channel-ends.js';
import { type ChannelControls, listenEnds, openEnds } from '../channel/opening.js';
import { ChannelCode, ChannelError } from '../channel-error.js';
import type { OnChannelOptions, OpenChannelOptions } from '../options.js';

/** A channel: a Duplex of bytes. `destroy()` resets it with code 0, `destroy(error)` with `ChannelCode.Failed`. */
export type Channel = Duplex & ChannelControls;

/** Called with each channel that the peer opens. */
export type ChannelHandler = (channel: Channel, about: { readonly name: string; readonly meta: unknown }) => unknown;

/** How this side gives a channel up. */
const GIVEN_UP: ReadonlySet<string> = new Set(['CHANNEL_ABORTED', 'CHANNEL_TIMEOUT']);

/** Bytes that are read ahead, and that `write` takes before it returns false. */
const HIGH_WATER_MARK = 65_536;

/**
 * Opens a channel: a Duplex of bytes to the peer's handler for channels, beside all others on the connection, each with flow
 * control. It can be written at once; what is written before the peer has accepted it waits there.
 *
 * It fails, as a socket does, with `error`: ChannelError when the peer refuses or resets it, when it is not accepted within
 * `timeout`, or nothing passes for `idleTimeout`; ClosedError when the connection ends. It does not come back when the connection
 * is dialled again.
 *
 * @param name says what the channel is for; at most 1024 bytes of UTF-8.
 * @throws NotReadyError before the connection is started, ClosedError when it is closing, ChannelError `NO_STREAMS` when it has no
 *   streams, ConfigError for an option that is wrong, RangeError for a name or `meta` that is too long, TypeError for what is
 *   no connection or a `meta` that JSON cannot hold, the reason of a signal that has aborted.
 */
export function openChannel(connection: Connection<unknown>, name: string, options: OpenChannelOptions = {}): Channel {
  return channelOver(openEnds(connection, name, options), connection);
}

/**
 * Calls `handler` with every channel that the peer opens from now on. Call it before the connection is started.
 *
 * A channel is accepted when the handler reads or writes it, calls `accept`, or has settled. It is refused by `refuse`, and when
 * the handler throws or rejects before: with `ChannelCode.Failed`, and the error goes to `onError` of the connection.
 *
 * @returns a function that takes no more channels; those that are open go on.
 * @throws ConfigError for an option that is wrong, when there is a handler already, or messages of the type have an action;
 *   TypeError for what is no connection, ClosedError when it was closed before.
 */
export function onChannel(
  connection: Connection<unknown>,
  handler: ChannelHandler,
  options: OnChannelOptions = {},
): () => void {
  const onOpen = (ends: ChannelEnds): unknown => {
    const { name, meta } = ends;
    return handler(channelOver(ends, connection), { name, meta });
  };
  return listenEnds(connection, typeof handler === 'function' ? onOpen : handler, options);
}

function channelOver(ends: ChannelEnds, connection: Connection<unknown>): Channel {
  const carrier = carrierOf(connection);
  const options = { allowHalfOpen: true, highWaterMark: HIGH_WATER_MARK };
  let isAwaited = false;
  const duplex = duplexOver(ends, options, (error) => {
    // Whoever waits for `opened` hears it there.
    if (!isOrdinary(error) && !(isAwaited && !ends.isAccepted)) carrier.hear(error);
  });
  // What this side gives up is given up although nobody reads what has come before.
  void ends.over.then(({ error }) => {
    if (error instanceof ChannelError && GIVEN_UP.has(error.code)) duplex.destroy(error);
  });
  // From then on its end is noticed although nobody reads.
  const watch = (): void => void duplex.read(0);
  ends.opened.then(watch, watch);
  // Whoever gives it up need not be told by an error.
  const giveUp = (code: number, reason: string): void => {
    ends.reset(code, reason);
    duplex.destroy();
  };
  Object.defineProperty(duplex, 'opened', {
    get(): Promise<void> {
      isAwaited = true;
      return ends.opened;
    },
  });
  return Object.assign(duplex as Duplex & Pick<Channel, 'opened'>, {
    name: ends.name,
    meta: ends.meta,
    accept: () => ends.accept(),
    refuse: (reason = '', code: number = ChannelCode.Refused) => giveUp(code, reason),
    reset: (code: number = ChannelCode.None, reason = '') => giveUp(code, reason),
  });
}

// What either side has done on purpose need not be heard: a peer could fill the log with it.
function isOrdinary(error: Error): boolean {
  return error instanceof ChannelError && (error.code === 'CHANNEL_ABORTED' || error.code === 'CHANNEL_RESET');
}
