/** The opcode of FLOW frames, the control frames that carry flow control. */
export const FLOW_OPCODE = 0xf;

/** One entry of a FLOW frame: a WINDOW or a STOP. */
export interface FlowEntry {
  /**
   * True for a STOP, which says that nobody wants the rest of the message; false for a WINDOW, which raises a limit.
   */
  isStop: boolean;
  /** The stream of the message; 0 for the connection. */
  streamId: number;
  /** The number of the message among all that its sender has opened: from 1, modulo 2^32; 0 for the connection. */
  openNumber: number;
  /** Of a WINDOW, the new absolute limit in bytes, modulo 2^32; of a STOP, an application code. */
  value: number;
}

/** The bytes that one side is willing to receive before it grants more. */
export interface FlowWindows {
  /** Bytes per stream. */
  readonly stream: number;
  /** Bytes over all streams. */
  readonly connection: number;
}
