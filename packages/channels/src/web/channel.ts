import { type Connection, streamsOver, type WebStreams, webStreams } from '@webson/connection/internal';
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

/** As on Node, with web streams in place of a Duplex: see there. @throws WebsonError `NO_WEB_STREAMS` where there are none. */
export function openChannel(connection: Connection<unknown>, name: string, options: OpenChannelOptions = {}): Channel {
  const classes = webStreams();
  return channelOver(openEnds(connection, name, options), classes);
}

/** As on Node, with web streams in place of a Duplex: see there. */
export function onChannel(
  connection: Connection<unknown>,
  handler: ChannelHandler,
  options: OnChannelOptions = {},
): () => void {
  const classes = webStreams();
  const onOpen = (ends: ChannelEnds): unknown => {
    const { name, meta } = ends;
    return handler(channelOver(ends, classes), { name, meta });
  };
  return listenEnds(connection, typeof handler === 'function' ? onOpen : handler, options);
}

function channelOver(ends: ChannelEnds, classes: WebStreams): Channel {
  return {
    ...streamsOver(ends, classes),
    name: ends.name,
    meta: ends.meta,
    opened: ends.opened,
    accept: () => ends.accept(),
    refuse: (reason = '', code: number = ChannelCode.Refused) => ends.reset(code, reason),
    reset: (code: number = ChannelCode.None, reason = '') => ends.reset(code, reason),
  };
}
