import { CloseCode } from '@webson/frame';
import { ProtocolError, WebsonError } from './contract/errors.js';
import { type Questions, SAME_TYPES, type SharedSettings } from './contract/shared-settings.js';

/** The close codes with which peers fail a connection because of such frames. */
const BLAMED: ReadonlySet<number> = new Set([
  CloseCode.ProtocolError,
  CloseCode.InvalidPayload,
  CloseCode.PolicyViolation,
]);

/**
 * Returns `error`, or an error whose message also asks about the settings that may differ. The message of the latter is not for
 * the peer.
 *
 * @param questions those of the platform.
 */
export function explained(error: ProtocolError, settings: SharedSettings, questions?: Questions): ProtocolError {
  const { code, closeCode, message } = error;
  const question = code === 'RESERVED_OPCODE' ? SAME_TYPES : questions?.about(code, settings);
  return question === undefined
    ? error
    : new ProtocolError(code, closeCode, `${message}; ${question}`, { cause: error });
}

/**
 * Returns why the peer may have failed the connection with `code`; undefined when no setting can be the cause.
 *
 * @param questions those of the platform.
 */
export function blamed(
  code: number,
  reason: string,
  settings: SharedSettings,
  questions?: Questions,
): WebsonError | undefined {
  if (!BLAMED.has(code)) return undefined;
  const { opcodes = [] } = settings;
  const aboutTypes = code === CloseCode.ProtocolError && opcodes.length > 0 ? [SAME_TYPES] : [];
  const asked = questions?.aboutFailure(code, reason, settings) ?? aboutTypes;
  if (asked.length === 0) return undefined;
  const said = reason === '' ? '' : ` (${JSON.stringify(reason)})`;
  return new WebsonError('PEER_FAILED', `the peer failed the connection with ${code}${said}; ${asked.join(' ')}`);
}
