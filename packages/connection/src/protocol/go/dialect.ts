import { WebsonError } from '../errors.js';
import { CLOSE_LENGTH, PacedOutbox, SYNC_LENGTH } from './paced-outbox.js';
import type { GoDialect, GoSettings } from './settings.js';

export { agreeOnStreams, STREAMS_FIELD } from './streams.js';

/** Payload bytes of one frame, stream header included: what a Go peer takes whatever its settings. */
const FRAME_LIMIT = 4096;
/** The largest header. */
const HEADER_LENGTH = 8;
/** Kept free for answers to pings, which do not wait either: a few of the usual ones. */
const PONGS_LENGTH = 32;

/** The dialect of the Go kit under these settings. */
export function goDialect(settings: GoSettings): GoDialect {
  return {
    frameLimit: frameLimit(settings),
    outbox: (platform, masked, privateMask, isHeld) => {
      return new PacedOutbox(platform, masked, privateMask, settings, isHeld);
    },
    left: () => {
      return new WebsonError(
        'GO_PEER_LEFT',
        'the Go peer ended the connection without a Close: it does so when it goes away, and when a frame is over its ' +
          'BufferSize or a header cut by the end of its buffer (is `pacing` at most its BufferSize?)',
      );
    },
  };
}

function frameLimit({ pacing }: GoSettings): number {
  if (pacing === undefined) return FRAME_LIMIT;
  return Math.min(FRAME_LIMIT, pacing - CLOSE_LENGTH - SYNC_LENGTH - PONGS_LENGTH - HEADER_LENGTH);
}
