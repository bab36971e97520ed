import { CloseCode } from '@webson/frame';
import { ProtocolError, WebsonError } from '../contract/errors.js';
import type { GoDialect, GoSettings, Leaving } from '../contract/go-dialect.js';
import { PacedOutbox } from './paced-outbox.js';
import { largestFrame } from './pacing.js';
import { describeStreams } from './streams.js';

export { agreeOnStreams, STREAMS_FIELD } from './streams.js';

/** Most payload bytes of one frame, including the stream header, that a Go peer accepts with any settings. */
const FRAME_LIMIT = 4096;

/** Returns the dialect of the Go kit with these settings. */
export function goDialect(settings: GoSettings): GoDialect {
  return {
    frameLimit: frameLimit(settings),
    outbox: (platform, masked, privateMask, isHeld) => {
      return new PacedOutbox(platform, masked, privateMask, settings, isHeld);
    },
    left: (about, cause) => {
      return new WebsonError('GO_PEER_LEFT', whyLeft(about), cause === undefined ? {} : { cause });
    },
    extension: describeStreams,
    silent: () => {
      return new ProtocolError(
        'GO_PEER_SILENT',
        CloseCode.TryAgainLater,
        'the Go peer has answered none of the pings that ask whether it has read what was sent: it does not read, or its ' +
          'handler of PingMessage dispatches no PongMessage with the payload of the ping',
      );
    },
  };
}

function frameLimit({ pacing }: GoSettings): number {
  return pacing === undefined ? FRAME_LIMIT : Math.min(FRAME_LIMIT, largestFrame(pacing));
}

// Returns the possible reasons, the likelier first.
function whyLeft({ isClient, privateMask, streams, hasReceived, hasSent }: Leaving): string {
  if (!isClient && !hasReceived) {
    return (
      'the Go client left before it sent anything: it does so when it goes away, and when it refuses the answer to its ' +
      'handshake; do both ends have the same magicKey?'
    );
  }
  let why = 'the Go peer ended the connection without a Close: it does so when it goes away';
  if (!hasSent) return why;
  if (isClient && streams !== undefined && privateMask !== undefined) {
    why += ', when a stream id comes out as 0 (do both ends have the same privateMask?)';
  }
  return (
    `${why}, and when a frame is over its BufferSize or a header cut by the end of its buffer ` +
    '(is `pacing` at most its BufferSize?)'
  );
}
