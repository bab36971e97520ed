import type { WebsonError } from './errors.js';

/** The settings of one end that the two ends have to agree on out of band. */
export interface SharedSettings {
  isClient: boolean;
  /** True when a magic key replaces the GUID of RFC 6455 §1.3. */
  hasMagicKey?: boolean | undefined;
  privateMask?: Uint8Array | undefined;
  alwaysMask?: boolean | undefined;
  /** The custom message types that were registered before `start`. */
  opcodes?: readonly number[] | undefined;
  /** Set when streams are negotiated. */
  streams?: object | undefined;
  /** Set when the dialect of the Go kit is spoken. */
  go?: object | undefined;
}

/** What is asked about types of messages, which may differ on every platform. */
export const SAME_TYPES = 'have both ends a handler for this type, registered before start?';

/** What is asked when the two ends seem to differ in keys, masks or dialect. */
export interface Questions {
  /** What to ask about a fault with this code, if anything. */
  about(code: string, settings: SharedSettings): string | undefined;
  /** What to ask when the peer has failed the connection, the likelier first. */
  aboutFailure(code: number, reason: string, settings: SharedSettings): readonly string[];
  /**
   * Returns why a client that never sent anything may have left; undefined when there is no magic key that may differ.
   *
   * @param cause the error of the transport, if any.
   */
  leftAtOnce(settings: SharedSettings, cause?: Error): WebsonError | undefined;
}
