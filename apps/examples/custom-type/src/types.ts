import type { ConnectionOptions } from 'webson';

/**
 * Types of one's own: 3 to 7 are data, of any size, and 11 to 14 control, of at most 125 bytes, which goes between the frames of data.
 * Both sides have to know them: a type for which one has no handler when it starts ends the connection with 1002.
 */
export const Type = {
  /** Client: readings, one 64-bit number each. */
  Readings: 3,
  /** Server: how many readings came, in digits. */
  Receipt: 4,
  /** Client: something that cannot wait, as text. */
  Alarm: 11,
  /** Server: the alarm was heard. */
  Heard: 12,
} as const;

/** Options of both sides: what is large leaves in turns of 16 KiB, and leaves room for control messages between them. */
export const wireOptions: ConnectionOptions = { enableStreams: true };
