import { checkInteger } from './check-integer.js';
import { Rsv } from './header.js';
import { isControlOpcode, Opcode, STANDARD_OPCODES } from './opcode.js';

const KNOWN = 0x40;

/** What a decoder accepts of the first byte of a frame. */
export interface AcceptedFrames {
  /** By opcode: KNOWN, the RSV bits allowed, and from bit 3 on those required. */
  readonly rules: Uint8Array;
  /** A bit for each opcode that a message may have. */
  readonly messages: number;
}

/** Decoders that accept the same share this, for there may be very many. */
const knownAccepted = new Map<string, AcceptedFrames>();

/**
 * What is accepted with these switched on: `opcodes` beside the standard ones.
 *
 * @throws RangeError for an opcode that is none.
 */
export function acceptedFrames(streams: boolean, compression: boolean, opcodes: Iterable<number> = []): AcceptedFrames {
  const custom = [...opcodes];
  const key = `${streams} ${compression} ${custom.join()}`;
  const known = knownAccepted.get(key);
  if (known !== undefined) return known;
  const rules = new Uint8Array(16);
  let messages = 0;
  for (const opcode of [...STANDARD_OPCODES, ...custom]) {
    checkInteger('opcode', opcode, 15);
    const isData = !isControlOpcode(opcode);
    const stream = isData && streams ? Rsv.Rsv2 : 0;
    // RFC 7692 §6: RSV1 stands on the first frame of a message only, and never on a control frame.
    const deflate = isMessage(opcode) && compression ? Rsv.Rsv1 : 0;
    rules[opcode] = KNOWN | (stream << 3) | stream | deflate;
    if (isMessage(opcode)) messages |= 1 << opcode;
  }
  const accepted = { rules, messages };
  knownAccepted.set(key, accepted);
  return accepted;
}

/** True for the opcode of a message: of data, and no continuation. */
export function isMessage(opcode: number): boolean {
  return opcode !== Opcode.Continuation && opcode < Opcode.Close;
}
