import { CloseCode } from '@webson/frame';
import { printable } from '../application/printable.js';
import { summaryOf } from '../application/unheard.js';
import type { ConnectionPlatform } from '../connection-parts.js';
import type { Platform } from '../protocol/contract/platform.js';

/**
 * Makes what writes how connections have ended.
 *
 * @param trace writes a line.
 */
export function endTrace(trace: NonNullable<Platform['trace']>): NonNullable<ConnectionPlatform['traceEnd']> {
  return ({ code, reason, wasClean, error }, isClosedHere, about) => {
    const isOurs = isClosedHere || (error !== undefined && !wasClean);
    const who = isOurs ? 'this side' : 'the peer';
    const what = code === CloseCode.AbnormalClosure ? 'ended without a Close' : `closed by ${who} with ${code}`;
    const more = reason === '' ? '' : ` ${JSON.stringify(printable(reason))}`;
    const why = error === undefined ? '' : `: ${summaryOf(error)}`;
    trace(`${what}${more}, ${wasClean ? 'clean' : 'not clean'}${why}`, about);
  };
}
