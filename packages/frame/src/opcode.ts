/** Frame opcodes of RFC 6455 §5.2. 0x3–0x7 (data) and 0xB–0xF (control) are reserved for extensions. */
export const Opcode = {
  Continuation: 0x0,
  Text: 0x1,
  Binary: 0x2,
  Close: 0x8,
  Ping: 0x9,
  Pong: 0xa,
} as const;

/** True for the control opcodes 0x8–0xF: at most 125 bytes of payload, never fragmented (RFC 6455 §5.5). */
export function isControlOpcode(opcode: number): boolean {
  return (opcode & 0x8) !== 0;
}

/** The opcodes every RFC 6455 endpoint accepts. */
export const STANDARD_OPCODES: readonly number[] = Object.values(Opcode);
