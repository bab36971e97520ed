import type { MessageBody, Reading } from '../contract/message-body.js';
import type { MessageCodec } from '../contract/message-codec.js';
import type { Platform } from '../contract/platform.js';
import type { MessageInflater, MessageInflaterParts } from './message-inflater.js';
import type { ReceiverEvents } from './receiver-events.js';

/** What is needed to read a compressed message as it arrives. */
export interface InflatedReading {
  readonly platform: Platform;
  /** Most bytes of a message after inflation. */
  readonly maxMessageSize: number;
  readonly events: Pick<ReceiverEvents, 'onFault'>;
}

/** What inflates the messages of connections on which compression was negotiated. */
export interface Inflating {
  /** Makes what inflates messages that have arrived completely. */
  whole(parts: MessageInflaterParts): MessageInflater;
  /**
   * Puts an inflating body between the frames of a message and its reader, which gets the inflated payload.
   *
   * @param reading of the frames.
   * @param announce hands the message over, to be read as the argument says, and returns what takes its payload.
   */
  read(
    parts: InflatedReading,
    type: number,
    codec: MessageCodec,
    reading: Reading,
    announce: (reading: Reading) => MessageBody,
  ): MessageBody;
}

/** The platform of a receiver. */
export interface InboundPlatform extends Platform {
  /** Missing where no message is compressed, as in a page, whose WebSocket inflates. */
  readonly inflating?: Inflating | undefined;
}
