import { encodeFrame } from '@webson/frame';
import { FrameReader, type WireFrame } from '../support/frames.js';
import { turns } from '../support/turns.js';
import { PeerTransport } from './connecting.js';
import { GoReceiver, type GoReceiverOptions } from './go-receiver.js';

/** The modelled Go endpoint at the other end of a transport. It reads when its scheduler lets it: some turns late. */
export class GoPeer {
  readonly transport: PeerTransport = new PeerTransport();
  readonly receiver: GoReceiver;
  /** Bytes that lay unread in its socket, at most. */
  mostUnread = 0;
  /** It finds the connection slow, and writes nothing; or it has closed, and will not any more. */
  isMute = false;
  readonly #options: GoReceiverOptions;
  readonly #frames: FrameReader;
  readonly #delays: readonly number[];
  #unread = 0;
  #runs = 0;
  #replied = 0;
  #isScheduled = false;
  #hasLeft = false;

  /**
   * @param isSlow a write is passed on when all of it was read: nothing is read with what was written after it.
   * @param delays turns of the event loop from the first byte that comes to a run: one after the other, over and over.
   */
  constructor(options: GoReceiverOptions, isSlow: boolean, delays: readonly number[]) {
    this.#options = options;
    this.#delays = delays;
    this.receiver = new GoReceiver(options);
    const { streams = false, privateMask } = options;
    this.#frames = new FrameReader({ streams, ...(privateMask === undefined ? {} : { privateMask }) });
    this.transport.isSlow = isSlow;
    this.transport.onWrite = (bytes) => this.#take(bytes);
    this.transport.onEnded = () => void this.#end();
  }

  /** All frames that were written. */
  get frames(): readonly WireFrame[] {
    return this.#frames.frames;
  }

  /** Sends a frame. */
  send(opcode: number, payload: Uint8Array, fin = true): void {
    const { isServer = true, privateMask } = this.#options;
    const frame = { opcode, payload, fin, mask: !isServer };
    this.transport.deliver(encodeFrame(frame, privateMask === undefined ? {} : { privateMask }));
  }

  /** Sends a Close. From then on it reads, until ours comes. */
  leave(payload: Uint8Array): void {
    this.send(8, payload);
    this.#hasLeft = true;
  }

  #take(bytes: Uint8Array): void {
    this.#frames.push(bytes);
    this.#unread += bytes.length;
    this.mostUnread = Math.max(this.mostUnread, this.#unread);
    this.receiver.push(bytes);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    void this.#runLater();
  }

  // What was written before is read before.
  async #end(): Promise<void> {
    while (this.#isScheduled) await turns();
    this.transport.close();
  }

  async #runLater(): Promise<void> {
    await turns(this.#delays[this.#runs++ % this.#delays.length]);
    this.#isScheduled = false;
    this.#unread = 0;
    this.receiver.run();
    const { replies } = this.receiver;
    while (this.#replied < replies.length) {
      const { opcode, payload } = replies[this.#replied++]!;
      if (!this.isMute && !this.#hasLeft) this.send(opcode, payload);
    }
    if (this.transport.isSlow) this.transport.drain();
    if (this.receiver.ended !== undefined) this.transport.close();
  }
}
