import { checkInteger } from './check-integer.js';
import { Rsv } from './header.js';
import { isControlOpcode, Opcode, STANDARD_OPCODES } from './opcode.js';

/** Set in the rule of every opcode that is accepted, so that the rule of such an opcode is never 0. */
const KNOWN = 0x40;

/** Which first bytes of a frame (opcode and reserved bits, RFC 6455 §5.2) a decoder accepts. */
export interface AcceptedFrames {
  /**
   * One rule for each opcode: 0 when the opcode is refused; otherwise KNOWN, the reserved bits that may be set (bits 0
   * to 2), and those that must be set (bits 3 to 5).
   */
  readonly rules: Uint8Array;
  /** A bit mask of the opcodes that a message may begin with: bit n stands for opcode n. */
  readonly messages: number;
}

/** One entry for each combination of options. Decoders with the same options share it, since there may be very many. */
const acceptedCache = new Map<string, AcceptedFrames>();

/**
 * The frames that are accepted with these options; `opcodes` are accepted in addition to the standard ones.
 *
 * @throws RangeError for an opcode that is not an integer from 0 to 15.
 */
export function acceptedFrames(streams: boolean, compression: boolean, opcodes: Iterable<number> = []): AcceptedFrames {
  const custom = [...opcodes];
  const key = `${streams} ${compression} ${custom.join()}`;
  const cached = acceptedCache.get(key);
  if (cached !== undefined) return cached;
  const rules = new Uint8Array(16);
  let messages = 0;
  for (const opcode of [...STANDARD_OPCODES, ...custom]) {
    checkInteger('opcode', opcode, 15);
    const isData = !isControlOpcode(opcode);
    const stream = isData && streams ? Rsv.Rsv2 : 0;
    // RFC 7692 §6: only the first frame of a message may have RSV1, and a control frame never has it.
    const deflate = isMessage(opcode) && compression ? Rsv.Rsv1 : 0;
    rules[opcode] = KNOWN | (stream << 3) | stream | deflate;
    if (isMessage(opcode)) messages |= 1 << opcode;
  }
  const accepted = { rules, messages };
  acceptedCache.set(key, accepted);
  return accepted;
}

/** The opcodes that a decoder with these rules accepts. */
export function opcodesOf({ rules }: AcceptedFrames): number[] {
  return Array.from(rules.keys()).filter((opcode) => rules[opcode] !== 0);
}

/** True for a data opcode that begins a message: not a continuation, not a control opcode (RFC 6455 §5.4, §5.6). */
export function isMessage(opcode: number): boolean {
  return opcode !== Opcode.Continuation && opcode < Opcode.Close;
}
