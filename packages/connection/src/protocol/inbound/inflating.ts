import { Opcode, Utf8Validator } from '@webson/frame';
import type { Inflating } from './inbound-platform.js';
import { MessageInflater } from './message-inflater.js';
import { PieceQueue } from './piece-queue.js';

/** Inflates by the codec of a connection. */
export const INFLATING: Inflating = {
  whole: (parts) => new MessageInflater(parts),
  read({ platform, maxMessageSize, events }, type, codec, reading, announce) {
    const utf8 = type === Opcode.Text ? new Utf8Validator((bytes) => platform.isUtf8(bytes)) : undefined;
    const inflating = codec.inflateArriving(new PieceQueue(), maxMessageSize, utf8, {
      onUsed: (bytes) => reading.consumed(bytes),
      onStop: () => reading.stop(),
      onStarve: (isStarving) => reading.starve(isStarving),
      onFault: (error) => events.onFault(error),
    });
    let isStopped = false;
    const reader = announce({
      isFirst: inflating.isFirst,
      consumed: (bytes) => inflating.consumed(bytes),
      wanted: () => inflating.wanted(),
      stop: () => {
        isStopped = true;
        inflating.stop();
      },
      starve: (isStarving) => inflating.starve(isStarving),
      lag: (isLagging) => reading.lag(isLagging),
    });
    if (!isStopped) inflating.reader = reader;
    return inflating;
  },
};
