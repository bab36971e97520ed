import type { Duplex } from 'node:stream';
import { ByteChannel, type ByteEnds } from '../bytes/byte-channel.js';
import { type Connection, carrierOf } from '../connection.js';
import { checkOptions } from '../options/checked-options.js';
import { BOOLEAN, integer, type OptionKinds } from '../options/option-kinds.js';
import { atEndOfTurn } from '../time/clock.js';
import { streamModule } from './built-ins.js';
import { addManners } from './socket-manners.js';

/** How a connection is made a Duplex. */
export interface DuplexOptions {
  /**
   * Whether an empty binary message ends one direction and the other goes on; true by default. False is for a peer that does not
   * know that: `end()` closes the connection, the peer's Close ends what is read, empty messages mean nothing.
   */
  halfClose?: boolean;
  /** As of a Duplex of Node: false ends our side by itself when that of the peer has ended. True by default. */
  allowHalfOpen?: boolean;
  /** Bytes that are read ahead of the reader, and that `write` takes before it returns false: 65536 by default. */
  highWaterMark?: number;
}

/** What each option may be, and its default. */
export const DUPLEX_KINDS: OptionKinds<DuplexOptions> = {
  halfClose: { ...BOOLEAN, default: true },
  allowHalfOpen: { ...BOOLEAN, default: true },
  highWaterMark: integer(65_536, 1),
};

const NOTHING = new Uint8Array(0);

/**
 * Makes a connection a Duplex of bytes, and starts it. Bytes are sent as binary messages of at most 16 KiB; text of the peer is
 * read as its UTF-8. Where messages begin and end means nothing.
 *
 * The connection is closed with 1000 when both directions have ended and the peer has received everything; then `close` is
 * emitted. `destroy()` closes it with 1001, `destroy(error)` with 1011. Any end but that, and a Close of the peer with 1000 or no
 * code, destroys the Duplex with ClosedError behind what has come before. An `error` that the Duplex has no other listener for does
 * not end the process: it goes where errors of handlers go, to `onError` of the connection first.
 *
 * It has the methods of a socket that HTTP asks for: `setTimeout`, and `setKeepAlive`, `setNoDelay`, `ref` and `unref`, which do
 * nothing.
 *
 * @throws TypeError for what is no connection, ConfigError for an option that is wrong, ClosedError when the connection is closed
 *   already, WebsonError `ALREADY_READ` when it is read by a loop or a stream already.
 */
export function toDuplex(connection: Connection<unknown>, options: DuplexOptions = {}): Duplex {
  const { halfClose, ...rest } = checkOptions('options', options, DUPLEX_KINDS);
  const carrier = carrierOf(connection);
  const duplex = duplexOver(new ByteChannel(carrier, { halfClose }), rest, (error) => carrier.hear(error));
  // An end of the connection is noticed although nobody reads.
  duplex.read(0);
  return duplex;
}

/**
 * Makes two directions of bytes a Duplex.
 *
 * @param hear is called with an error of the Duplex that nobody listens to.
 */
export function duplexOver(
  ends: ByteEnds,
  { allowHalfOpen, highWaterMark }: Required<Omit<DuplexOptions, 'halfClose'>>,
  hear: (error: Error) => void,
): Duplex {
  // True while bytes are waited for, or handed over; whether the reader has asked for more meanwhile.
  let isReading = false;
  let isWanted = false;
  // What is to be told behind the bytes that the reader has yet to read.
  let failure: Error | undefined;
  const fail = (error: Error): void => {
    failure = error;
    if (duplex.readableLength === 0) duplex.destroy(error);
    // Nothing more comes, but the reader has to ask again.
    else duplex.push(NOTHING);
  };
  const duplex = new (streamModule().Duplex)({
    allowHalfOpen,
    highWaterMark,
    read(): void {
      if (failure !== undefined) fail(failure);
      isWanted = true;
      if (!isReading && failure === undefined) readOn().catch(fail);
    },
    write(chunk: Uint8Array, _encoding, onWritten): void {
      touch();
      let written: Promise<void> | undefined;
      try {
        written = ends.write(chunk);
      } catch (error) {
        onWritten(error as Error);
        return;
      }
      if (written === undefined) onWritten();
      else {
        written.then(() => {
          touch();
          onWritten();
        }, onWritten);
      }
    },
    final(onFinal): void {
      ends.end().then(() => onFinal(), onFinal);
    },
    destroy(error, onDestroyed): void {
      if (ends.isOver && duplex.writableFinished && error === null) {
        // As with a socket, no error comes behind both ends: whoever has both listens no more.
        void ends.over.then(() => onDestroyed(null));
        return;
      }
      ends.abort(error);
      onDestroyed(error);
    },
  });
  // `pipe` does not listen to errors of what it reads, and a peer that vanishes must not end the process.
  duplex.on('error', (error) => {
    if (duplex.listenerCount('error') === 1) hear(error);
  });
  const touch = addManners(duplex);
  // Reads until the reader has enough for now. A reader asks once, and may do so as soon as it has the bytes: in a promise that
  // was settled before, even before this one is.
  const readOn = async (): Promise<void> => {
    isReading = true;
    while (isWanted) {
      const chunk = await ends.read();
      touch();
      isWanted = false;
      if (duplex.push(chunk ?? null)) isWanted = true;
    }
    isReading = false;
  };
  void ends.over.then(() => endAfter(duplex));
  return duplex;
}

// Nothing can be written any more, but what the peer has sent can be read.
function endAfter(duplex: Duplex): void {
  const destroy = (): void => {
    // Whoever answers an end with an end gets to do so.
    atEndOfTurn(() => {
      if (!duplex.writableEnded) duplex.destroy();
    });
  };
  if (duplex.readableEnded) destroy();
  else duplex.once('end', destroy);
}
