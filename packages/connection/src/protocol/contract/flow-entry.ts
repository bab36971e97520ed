/** Opcode of the control frame that carries flow control. */
export const FLOW_OPCODE = 0xf;

/** One entry of a FLOW frame. */
export interface FlowEntry {
  /** STOP: nobody wants the rest of the message. Else it is a WINDOW. */
  isStop: boolean;
  /** 0 for the connection. */
  streamId: number;
  /** Which of all the messages that the data sender has opened, from 1 on, modulo 2^32; 0 for the connection. */
  openNumber: number;
  /** Window: the new absolute limit in bytes, modulo 2^32. Stop: an application code. */
  value: number;
}

/** Bytes that one side is willing to receive before it grants more. */
export interface FlowWindows {
  /** Per stream. */
  readonly stream: number;
  /** Over all streams. */
  readonly connection: number;
}
