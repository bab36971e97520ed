import { toPiece } from './application/source.js';
import { type WebStreams, webStreams } from './application/web-streams.js';
import { ByteChannel, type ByteChannelOptions, type ByteEnds } from './bytes/byte-channel.js';
import { type Connection, carrierOf } from './connection.js';
import { checkOptions } from './options/checked-options.js';
import { BOOLEAN, type OptionKinds } from './options/option-kinds.js';
import type { CloseInfo } from './protocol/close-info.js';

/** How a connection is made streams of bytes. */
export interface StreamsOptions {
  /**
   * Whether an empty binary message ends one direction and the other goes on; true by default. False is for a peer that does not
   * know that: the end of `writable` closes the connection, the peer's Close ends `readable`, empty messages mean nothing.
   */
  halfClose?: boolean;
}

/** A connection as web streams. */
export interface ByteStreams {
  /** The bytes of the peer. It is read no faster than its reader asks. Cancelling closes the connection with 1001. */
  readonly readable: ReadableStream<Uint8Array>;
  /**
   * Takes typed arrays, buffers, and strings, which are sent as UTF-8, no faster than the peer reads. Aborting closes the
   * connection with 1011.
   */
  readonly writable: WritableStream<Uint8Array | ArrayBuffer | string>;
  /** How the connection has ended. Never rejects. */
  readonly closed: Promise<CloseInfo>;
}

/** What each option may be, and its default. */
export const STREAMS_KINDS: OptionKinds<StreamsOptions> = { halfClose: { ...BOOLEAN, default: true } };

/**
 * Makes a connection two web streams of bytes, and starts it. Bytes are sent as binary messages of at most 16 KiB; text of the
 * peer is read as its UTF-8. Where messages begin and end means nothing.
 *
 * The connection is closed with 1000 when both directions have ended and the peer has received everything. Any end but that, and
 * a Close of the peer with 1000 or no code, is an error of both streams: ClosedError.
 *
 * @throws TypeError for what is no connection, ConfigError for an option that is wrong, ClosedError when the connection is closed
 *   already, WebsonError `ALREADY_READ` when it is read by a loop or a stream already, and `NO_WEB_STREAMS` where the platform has
 *   none.
 */
export function toStreams(connection: Connection<unknown>, options: StreamsOptions = {}): ByteStreams {
  const checked: ByteChannelOptions = checkOptions('options', options, STREAMS_KINDS);
  const classes = webStreams();
  const channel = new ByteChannel(carrierOf(connection), checked);
  return { ...streamsOver(channel, classes), closed: channel.closed };
}

/** Makes two directions of bytes web streams. */
export function streamsOver(
  ends: ByteEnds,
  { ReadableStream, WritableStream }: WebStreams,
): Pick<ByteStreams, 'readable' | 'writable'> {
  const readable = new ReadableStream<Uint8Array>(
    {
      async pull(controller): Promise<void> {
        const chunk = await ends.read();
        if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
      },
      cancel: () => ends.abort(null),
    },
    // Nothing is read before it is asked for.
    { highWaterMark: 0 },
  );
  const writable = new WritableStream<Uint8Array | ArrayBuffer | string>({
    start(controller): void {
      void ends.over.then(({ isExpected, error }) => {
        // What is written later could not be sent. A stream that is closed stays as it is.
        if (!isExpected || !ends.isOver) controller.error(error);
      });
    },
    write: (chunk) => ends.write(toPiece(chunk)),
    close: () => ends.end(),
    abort: (reason) => ends.abort(reason ?? new Error('aborted')),
  });
  return { readable, writable };
}
