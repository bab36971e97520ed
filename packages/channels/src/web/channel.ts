import { type Connection, streamsOver } from '@webson/connection/internal';
import type { ChannelEnds } from '../channel/channel-ends.js';
import { type ChannelControls, listenEnds, openEnds } from '../channel/opening.js';
import { ChannelCode } from '../channel-error.js';
import type { OnChannelOptions, OpenChannelOptions } from '../options.js';

/** A channel: two web streams of bytes. Cancelling one, or aborting the other, resets it. */
export interface Channel extends ChannelControls {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array | ArrayBuffer | string>;
}

/** Called with each channel that the peer opens. */
export type ChannelHandler = (channel: Channel, about: { readonly name: string; readonly meta: unknown }) => unknown;

/** As on Node, with web streams in place of a Duplex: see there. */
export function openChannel(connection: Connection<unknown>, name: string, options: OpenChannelOptions = {}): Channel {
  return channelOver(openEnds(connection, name, options));
}

/** As on Node, with web streams in place of a Duplex: see there. */
export function onChannel(
  connection: Connection<unknown>,
  handler: ChannelHandler,
  options: OnChannelOptions = {},
): () => void {
  const onOpen = (ends: ChannelEnds): unknown => handler(channelOver(ends), { name: ends.name, meta: ends.meta });
  return listenEnds(connection, typeof handler === 'function' ? onOpen : handler, options);
}

function channelOver(ends: ChannelEnds): Channel {
  return {
    ...streamsOver(ends),
    name: ends.name,
    meta: ends.meta,
    opened: ends.opened,
    accept: () => ends.accept(),
    refuse: (reason = '', code: number = ChannelCode.Refused) => ends.reset(code, reason),
    reset: (code: number = ChannelCode.None, reason = '') => ends.reset(code, reason),
  };
}
