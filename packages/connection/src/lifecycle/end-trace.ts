import { CloseCode } from '@webson/frame';
import { printable } from '../application/printable.js';
import { summaryOf } from '../application/unheard.js';
import type { CloseInfo } from '../protocol/close-info.js';
import type { Platform } from '../protocol/contract/platform.js';

/**
 * Writes how a connection has ended.
 *
 * @param isClosedHere true when this side has closed or terminated it, before the peer's Close had come.
 * @param about the connection.
 */
export function traceEnd(
  trace: NonNullable<Platform['trace']>,
  { code, reason, wasClean, error }: CloseInfo,
  isClosedHere: boolean,
  about: object,
): void {
  const isOurs = isClosedHere || (error !== undefined && !wasClean);
  const who = isOurs ? 'this side' : 'the peer';
  const what = code === CloseCode.AbnormalClosure ? 'ended without a Close' : `closed by ${who} with ${code}`;
  const more = reason === '' ? '' : ` ${JSON.stringify(printable(reason))}`;
  const why = error === undefined ? '' : `: ${summaryOf(error)}`;
  trace(`${what}${more}, ${wasClean ? 'clean' : 'not clean'}${why}`, about);
}
