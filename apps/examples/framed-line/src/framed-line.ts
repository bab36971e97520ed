import type { Duplex } from 'node:stream';
import { encodeFrame, FrameDecoder, type FrameSink } from '@webson/frame';

/** Bytes of the largest message. */
const LARGEST = 4096;

/**
 * Messages over a line that carries bytes and knows no messages, such as a serial port: each travels as one frame, so that the
 * other end finds where it begins and ends, however the line cuts it. There is no handshake and no closing.
 */
export class FramedLine {
  readonly #line: Duplex;

  /**
   * @param onMessage called with the type (the opcode, 1 for text, 2 for bytes) and the content of every message.
   */
  constructor(line: Duplex, onMessage: (type: number, content: Uint8Array) => void) {
    this.#line = line;
    // Both ends are alike: nobody masks.
    const decoder = new FrameDecoder({ masking: 'forbidden', maxPayloadSize: LARGEST });
    const sink = new Messages(onMessage);
    line.on('data', (chunk: Uint8Array) => {
      try {
        decoder.push(chunk, sink);
      } catch (error) {
        // After a broken frame nobody knows where the next one begins.
        line.destroy(error as Error);
      }
    });
  }

  /** Sends a message of up to 4096 bytes. False: the line has enough to do until its 'drain'. @throws RangeError when it is larger. */
  send(type: number, content: Uint8Array): boolean {
    if (content.length > LARGEST)
      throw new RangeError(`a message of ${content.length} bytes, at most ${LARGEST} expected`);
    return this.#line.write(encodeFrame({ opcode: type, payload: content }));
  }
}

/** Puts the content of each frame together again. */
class Messages implements FrameSink {
  readonly #onMessage: (type: number, content: Uint8Array) => void;
  #type = 0;
  #content = new Uint8Array(0);
  #length = 0;

  constructor(onMessage: (type: number, content: Uint8Array) => void) {
    this.#onMessage = onMessage;
  }

  onHeader({ opcode, payloadLength }: { opcode: number; payloadLength: number }): void {
    this.#type = opcode;
    this.#content = new Uint8Array(payloadLength);
    this.#length = 0;
  }

  onPayload(slice: Uint8Array, isLast: boolean): void {
    this.#content.set(slice, this.#length);
    this.#length += slice.length;
    if (isLast) this.#onMessage(this.#type, this.#content);
  }
}
