import { connect, type Socket } from 'node:net';
import { within } from './claim.js';

/**
 * Sends what it is given to a port of this machine, and resolves to all that comes until the other end closes.
 *
 * @param reply what to send further on, once, when so much has come.
 */
export function exchange(port: number, request: string, reply?: (text: string) => string | undefined): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' });
  const closed = new Promise<string>((resolve) => {
    let text = '';
    let isReplied = false;
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      const more = isReplied ? undefined : reply?.(text);
      if (more === undefined) return;
      isReplied = true;
      socket.write(more);
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
  });
  socket.on('end', () => socket.end());
  socket.write(request);
  return within('the other end to close', closed);
}

/** A client that does the handshake, and then only what it is told to. */
export class RawClient {
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #onBytes = (): void => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => socket.on('close', () => resolve()));
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      this.#received = Buffer.concat([this.#received, bytes]);
      this.#onBytes();
    });
  }

  /**
   * @param more further fields of the request.
   * @param behind what is sent together with it.
   */
  static async dial(
    port: number,
    more: readonly string[] = [],
    behind: Uint8Array = new Uint8Array(0),
  ): Promise<RawClient> {
    const client = new RawClient(connect({ port, host: '127.0.0.1' }));
    const fields = [
      `Host: 127.0.0.1:${port}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==',
      ...more,
    ];
    const head = Buffer.from(`GET / HTTP/1.1\r\n${fields.join('\r\n')}\r\n\r\n`);
    client.#socket.write(Buffer.concat([head, behind]));
    await client.take(await client.#until((bytes) => bytes.indexOf('\r\n\r\n') + 4, 4));
    return client;
  }

  /** Sends a frame of less than 126 bytes. */
  frame(opcode: number, payload: string | Uint8Array, isFinal = true): void {
    this.#socket.write(frameOf(opcode, payload, isFinal));
  }

  /** The next bytes, as soon as there are so many. */
  async take(length: number): Promise<Buffer> {
    await this.#until((bytes) => bytes.length, length);
    const taken = this.#received.subarray(0, length);
    this.#received = this.#received.subarray(length);
    return taken;
  }

  /** Reads nothing from now on. */
  pause(): void {
    this.#socket.pause();
  }

  /** Ends its side. */
  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #until(find: (bytes: Buffer) => number, least: number): Promise<number> {
    const found = new Promise<number>((resolve) => {
      this.#onBytes = () => {
        const at = find(this.#received);
        if (at >= least) resolve(at);
      };
      this.#onBytes();
    });
    return within('bytes of the server', found);
  }
}

/** A frame of less than 126 bytes, masked with zeros. */
export function frameOf(opcode: number, payload: string | Uint8Array, isFinal = true): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
  return Buffer.concat([Buffer.from([(isFinal ? 0x80 : 0) | opcode, 0x80 | bytes.length, 0, 0, 0, 0]), bytes]);
}
