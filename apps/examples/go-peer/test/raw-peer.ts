import type { Socket } from 'node:net';

/** One side of a connection that is written and read byte by byte; it answers pings, and nothing else. */
export class RawPeer {
  readonly #socket: Socket;
  readonly #chunks: AsyncIterator<Buffer>;
  #unread: Buffer = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#chunks = socket[Symbol.asyncIterator]();
  }

  /** Writes bytes as they are. */
  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** The head of a handshake, with the empty line. */
  async head(): Promise<string> {
    for (;;) {
      const end = this.#unread.indexOf('\r\n\r\n');
      if (end >= 0) return this.#take(end + 4).toString('latin1');
      await this.#more();
    }
  }

  /** The next frame that is no control frame, unmasked, and as if it had never been masked. */
  async frame(): Promise<Buffer> {
    for (;;) {
      await this.#fill(2);
      const isMasked = this.#unread[1]! > 127;
      const short = this.#unread[1]! & 127;
      const keyAt = short === 126 ? 4 : 2;
      const start = keyAt + (isMasked ? 4 : 0);
      await this.#fill(start);
      const frame = await this.#fill(start + (short === 126 ? this.#unread.readUInt16BE(2) : short));
      const bytes = Buffer.from(this.#take(frame));
      const key = isMasked ? bytes.subarray(keyAt, start) : Buffer.alloc(4);
      const payload = bytes.subarray(start).map((byte, index) => byte ^ key[index % 4]!);
      const head = bytes.subarray(0, keyAt);
      head[1]! &= 0x7f;
      const opcode = head[0]! & 15;
      if (opcode < 8) return Buffer.concat([head, payload]);
      // A pong, masked with zeros when it goes to a server, which does not mask.
      if (opcode === 9)
        this.write(
          Buffer.concat([Buffer.from([0x8a, short | (isMasked ? 0 : 128)]), Buffer.alloc(isMasked ? 0 : 4), payload]),
        );
    }
  }

  async #fill(length: number): Promise<number> {
    while (this.#unread.length < length) await this.#more();
    return length;
  }

  async #more(): Promise<void> {
    const { done, value } = await this.#chunks.next();
    if (done === true) throw new Error('the other side has ended');
    this.#unread = Buffer.concat([this.#unread, value]);
  }

  #take(length: number): Buffer {
    const bytes = this.#unread.subarray(0, length);
    this.#unread = this.#unread.subarray(length);
    return bytes;
  }
}
