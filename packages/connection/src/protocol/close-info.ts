import { CloseCode } from '@webson/frame';
import { ProtocolError, type WebsonError } from './contract/errors.js';
import type { GoDialect } from './contract/go-dialect.js';
import type { Questions, SharedSettings } from './contract/shared-settings.js';

/** The error codes of the system for a connection that the peer has reset. */
const RESETS: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE']);

/** The output that a connection had not sent when it ended. Bytes that the system took and the peer did not read do not count. */
export interface Unsent {
  /** The number of messages whose last byte was not passed on to the system. */
  readonly messages: number;
  /** The bytes of their frames and of the control frames among these. */
  readonly bytes: number;
  /** The number of these messages that the transport was given: all or a part of each may have been sent. */
  readonly mayBeSent: number;
}

/** How a connection came to its end. */
export interface CloseInfo {
  /**
   * The peer's close code, or the code that the connection was failed with. 1005: the peer's Close had no code; 1006: no Close
   * was received (RFC 6455 §7.1.5).
   */
  readonly code: number;
  /** The peer's close reason, or why the connection was failed. */
  readonly reason: string;
  /** True when both Close frames were exchanged (RFC 6455 §7.1.4). */
  readonly wasClean: boolean;
  /** The cause of the end, if something went wrong. */
  readonly error?: Error;
  /** The output that was not passed on to the system as far as is known; absent when there is none. */
  readonly unsent?: Unsent;
}

/** The facts that an endpoint knows when its transport is gone. */
export interface EndingFacts {
  readonly settings: SharedSettings;
  /** Those of the platform. */
  readonly questions: Questions | undefined;
  readonly go: GoDialect | undefined;
  /** Why the connection was failed, if it was. */
  readonly failure: { readonly closeCode: number; readonly reason: string; readonly error: Error } | undefined;
  /** The peer's Close, if it has arrived. */
  readonly closeReceived: { readonly code: number; readonly reason: string } | undefined;
  /** An error naming the settings that may differ, if the peer may have closed the connection because of them. */
  readonly blamed: Error | undefined;
  /** Why this side has destroyed the transport, if it has. */
  readonly cut: Error | undefined;
  readonly closeSent: boolean;
  readonly closeCode: number;
  /** True when this side has closed, too, before or after the peer; towards a Go peer only once our Close has left. */
  readonly hasAnswered: boolean;
  /** True when the peer has ended its side of the transport. */
  readonly hasPeerEnded: boolean;
  /** True when our Close had left before the peer ended its side. */
  readonly closedInTime: boolean;
  readonly hasReceived: boolean;
  readonly hasSent: boolean;
  readonly unsent: Unsent;
}

/** Returns how a connection ended. @param error the error that the transport ended with, if any. */
export function closeInfoOf(facts: EndingFacts, error?: Error): CloseInfo {
  const { blamed, closeReceived, cut, failure, hasAnswered } = facts;
  const unsent = facts.unsent.messages > 0 ? { unsent: facts.unsent } : {};
  if (failure !== undefined) {
    return { code: failure.closeCode, reason: failure.reason, wasClean: false, error: failure.error, ...unsent };
  }
  if (closeReceived === undefined) return { ...infoWithoutClose(facts, error), ...unsent };
  // How the transport ends does not matter once both Close frames were exchanged (RFC 6455 §7.1.4).
  const cause = blamed ?? (hasAnswered ? undefined : cut);
  const blame = cause === undefined ? {} : { error: cause };
  return { ...closeReceived, wasClean: hasAnswered, ...blame, ...unsent };
}

function infoWithoutClose(facts: EndingFacts, error: Error | undefined): CloseInfo {
  // A Go peer answers a Close by ending the transport.
  if (facts.go !== undefined && facts.closedInTime && error === undefined) {
    return { code: facts.closeCode, reason: '', wasClean: true };
  }
  if (error instanceof ProtocolError) {
    return { code: error.closeCode, reason: error.message, wasClean: false, error };
  }
  const why = facts.cut ?? whyLeft(facts, error) ?? error;
  const cause = why === undefined ? {} : { error: why };
  return { code: CloseCode.AbnormalClosure, reason: '', wasClean: false, ...cause };
}

// Returns why the peer may have left. A peer that leaves before it has read everything resets the connection.
function whyLeft(facts: EndingFacts, error: Error | undefined): WebsonError | undefined {
  const { closeSent, go, hasPeerEnded, hasReceived, hasSent, questions, settings } = facts;
  const isReset = error !== undefined && saysReset(error);
  if (error !== undefined && (!isReset || closeSent)) return undefined;
  const atOnce = hasReceived || closeSent ? undefined : questions?.leftAtOnce(settings, error);
  if (atOnce !== undefined || go === undefined || !(hasPeerEnded || isReset)) return atOnce;
  return go.left({ ...settings, hasReceived, hasSent }, error);
}

function saysReset(error: Error): boolean {
  try {
    return 'code' in error && RESETS.has(error.code);
  } catch {
    // The error may come from a transport of the application, and looking at it may throw.
    return false;
  }
}
