/** The message types of RFC 6455 §5.2. The types 0x3-0x7 and 0xB-0xE are free for the application. */
export const MessageType = { Text: 1, Binary: 2, Close: 8, Ping: 9, Pong: 10 } as const;
/** A message type: 1-7 data, 8-15 control. */
export type MessageType = (typeof MessageType)[keyof typeof MessageType];

/**
 * The state of a connection. `YetReady`: it is not started. `Ready`: messages can be sent. `Timeout`: a pong is overdue; the
 * status becomes `Ready` again when one comes. `Closed`: the connection has ended.
 */
export const Status = { YetReady: -1, Ready: 0, Closed: 1, Timeout: 2 } as const;
/** One of the values of {@link Status}. */
export type Status = (typeof Status)[keyof typeof Status];
