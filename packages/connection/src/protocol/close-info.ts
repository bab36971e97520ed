import { CloseCode } from '@webson/frame';
import type { WebsonError } from './contract/errors.js';
import type { GoDialect } from './contract/go-dialect.js';
import { leftAtOnce, type SharedSettings } from './mismatch.js';

/** What the system says of a connection that the peer has reset. */
const RESETS: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE']);

/** What a connection had not sent when it ended. What the system took and the peer did not read is not in here. */
export interface Unsent {
  /** Messages of which the last byte was not passed on. */
  readonly messages: number;
  /** Bytes of their frames, and of control frames with them. */
  readonly bytes: number;
  /** Those of the messages that the transport was given: some, or some part of them, may have been sent. */
  readonly mayBeSent: number;
}

/** How a connection came to its end. */
export interface CloseInfo {
  /** The peer's close code; 1005: its Close had none; 1006: no Close came; or what the connection was failed with. */
  readonly code: number;
  /** The peer's close reason, or why the connection was failed. */
  readonly reason: string;
  /** Both Close frames were exchanged (RFC 6455 §7.1.4). */
  readonly wasClean: boolean;
  /** What went wrong, if anything did. */
  readonly error?: Error;
  /** What was dispatched and is not known to have been passed on to the system, if there is any. */
  readonly unsent?: Unsent;
}

/** What an endpoint knows when its transport is gone. */
export interface EndingFacts {
  readonly settings: SharedSettings;
  readonly go: GoDialect | undefined;
  /** Why the connection was failed, if it was. */
  readonly failure: { readonly closeCode: number; readonly reason: string; readonly error: Error } | undefined;
  /** The peer's Close, if it has come. */
  readonly closeReceived: { readonly code: number; readonly reason: string } | undefined;
  /** Settings that differ, for which the peer may have closed the connection. */
  readonly blamed: Error | undefined;
  readonly closeSent: boolean;
  readonly closeCode: number;
  /** Our Close is an answer to the peer's, or was answered, and has left. */
  readonly hasAnswered: boolean;
  /** The peer has ended its side. */
  readonly hasPeerEnded: boolean;
  /** Our Close had left before that. */
  readonly closedInTime: boolean;
  readonly hasReceived: boolean;
  readonly hasSent: boolean;
  readonly unsent: Unsent;
}

/** How a connection came to its end. @param error what the transport ended with, if it did. */
export function closeInfoOf(facts: EndingFacts, error?: Error): CloseInfo {
  const { blamed, closeReceived, failure, hasAnswered } = facts;
  const unsent = facts.unsent.messages > 0 ? { unsent: facts.unsent } : {};
  if (failure !== undefined) {
    return { code: failure.closeCode, reason: failure.reason, wasClean: false, error: failure.error, ...unsent };
  }
  if (closeReceived === undefined) return { ...infoWithoutClose(facts, error), ...unsent };
  // Both Close frames have been exchanged: how the transport ends does not matter any more (RFC 6455 §7.1.4).
  const blame = blamed === undefined ? {} : { error: blamed };
  return { ...closeReceived, wasClean: hasAnswered, ...blame, ...unsent };
}

function infoWithoutClose(facts: EndingFacts, error: Error | undefined): CloseInfo {
  // A Go peer does not answer a Close: that it ends the transport is its answer.
  if (facts.go !== undefined && facts.closedInTime && error === undefined) {
    return { code: facts.closeCode, reason: '', wasClean: true };
  }
  const why = whyLeft(facts, error) ?? error;
  const cause = why === undefined ? {} : { error: why };
  return { code: CloseCode.AbnormalClosure, reason: '', wasClean: false, ...cause };
}

// Why the peer may have left, if it has: it resets the connection when it has not read all that was sent.
function whyLeft(facts: EndingFacts, error: Error | undefined): WebsonError | undefined {
  const { closeSent, go, hasPeerEnded, hasReceived, hasSent, settings } = facts;
  const isReset = error !== undefined && saysReset(error);
  if (error !== undefined && (!isReset || closeSent)) return undefined;
  const atOnce = hasReceived || closeSent ? undefined : leftAtOnce(settings, error);
  if (atOnce !== undefined || go === undefined || !(hasPeerEnded || isReset)) return atOnce;
  return go.left({ ...settings, hasReceived, hasSent }, error);
}

function saysReset(error: Error): boolean {
  try {
    return 'code' in error && RESETS.has(error.code);
  } catch {
    // What a transport of the application's throws may throw when it is looked at.
    return false;
  }
}
