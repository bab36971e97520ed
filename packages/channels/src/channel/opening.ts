import { ConfigError, type Connection, throwIfAborted, whenAborted } from '@webson/connection/internal';
import { checkOnOptions, checkOpenOptions, type OnChannelOptions, type OpenChannelOptions } from '../options.js';
import type { ChannelEnds } from './channel-ends.js';
import { Channels } from './channels.js';

/** What both faces of a channel have: that of Node and that of the web. */
export interface ChannelControls {
  /** As `openChannel` was given it. */
  readonly name: string;
  /** As `openChannel` was given it, as JSON hands it over; undefined for none. */
  readonly meta: unknown;
  /**
   * Resolves when the channel is accepted. Rejects with ChannelError when it is refused, given up, or not accepted in time, with
   * ClosedError when the connection ends first. Left alone, it does not reach the process.
   */
  readonly opened: Promise<void>;
  /** Accepts a channel that the peer has opened, as reading or writing does. */
  accept(): void;
  /** Refuses it, or gives it up when it is accepted. @param code see {@link ChannelCode}; at most 1024 bytes of reason. */
  refuse(reason?: string, code?: number): void;
  /** Gives the channel up in both directions: what is not read is dropped, and the peer gets the code and the reason. */
  reset(code?: number, reason?: string): void;
}

/** @throws the errors of `openChannel`. */
export function openEnds(connection: Connection<unknown>, name: string, options: OpenChannelOptions): ChannelEnds {
  const { type, signal, ...rest } = checkOpenOptions(options);
  if (typeof name !== 'string') throw new ConfigError(`name: a string expected, got a ${typeof name}`);
  throwIfAborted(signal);
  const ends = channelsOf(connection, type).open({ name, meta: rest.meta, ...rest });
  const unlisten = whenAborted(signal, () => ends.abort(null));
  void ends.over.then(unlisten);
  return ends;
}

/** @throws the errors of `onChannel`. Returns a function that listens no more. */
export function listenEnds(
  connection: Connection<unknown>,
  onOpen: (ends: ChannelEnds) => unknown,
  options: OnChannelOptions,
): () => void {
  const { type, name, ...limits } = checkOnOptions(options);
  if (typeof onOpen !== 'function') throw new ConfigError(`handler: a function expected, got a ${typeof onOpen}`);
  const channels = channelsOf(connection, type);
  if (!channels.listen(name, { ...limits, onOpen })) {
    const which = name === undefined ? 'of all other names' : `named ${JSON.stringify(name)}`;
    throw new ConfigError(`onChannel: channels ${which} have a handler already`);
  }
  let isListening = true;
  return () => {
    if (isListening) channels.leave(name);
    isListening = false;
  };
}

function channelsOf(connection: Connection<unknown>, type: number): Channels {
  const channels = Channels.of(connection, type);
  if (channels.type === type) return channels;
  throw new ConfigError(`type: the channels of the connection have type ${channels.type}, got ${type}`);
}
