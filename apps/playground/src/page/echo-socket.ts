// Milliseconds until it tries again: each time twice as long.
const FIRST_RETRY = 250;
const LAST_RETRY = 4000;

/** What comes back from the server, and how long it took in milliseconds. */
export interface Echo {
  readonly payload: string | ArrayBuffer;
  readonly time: number;
  /** False when it is not what was sent. */
  readonly isSame: boolean;
}

/** What happens on an {@link EchoSocket}. */
export interface EchoEvents {
  onOpen(): void;
  /** The connection that was open has ended; the next is on its way. */
  onClose(code: number): void;
  onEcho(echo: Echo): void;
}

interface Sent {
  readonly payload: string | Uint8Array<ArrayBuffer>;
  readonly at: number;
}

/**
 * A connection to the echo server that comes back by itself. The server echoes in order: the first that is waited for is
 * the next to come.
 */
export class EchoSocket {
  readonly #url: string;
  readonly #events: EchoEvents;
  #socket: WebSocket | undefined;
  #sent: Sent[] = [];
  #retry = FIRST_RETRY;

  /** Connects at once. */
  constructor(url: string, events: EchoEvents) {
    this.#url = url;
    this.#events = events;
    this.#connect();
  }

  get isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Messages whose echo has not come yet. */
  get inFlight(): number {
    return this.#sent.length;
  }

  /** Sends a message. False while there is no connection. */
  send(payload: string | Uint8Array<ArrayBuffer>): boolean {
    if (this.#socket === undefined || !this.isOpen) return false;
    this.#sent.push({ payload, at: performance.now() });
    this.#socket.send(payload);
    return true;
  }

  #connect(): void {
    let wasOpen = false;
    const socket = new WebSocket(this.#url);
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('open', () => {
      wasOpen = true;
      this.#retry = FIRST_RETRY;
      this.#events.onOpen();
    });
    socket.addEventListener('message', (event: MessageEvent<string | ArrayBuffer>) => {
      const now = performance.now();
      const sent = this.#sent.shift();
      if (sent === undefined) return;
      this.#events.onEcho({ payload: event.data, time: now - sent.at, isSame: isSame(sent.payload, event.data) });
    });
    socket.addEventListener('close', (event) => {
      this.#socket = undefined;
      this.#sent = [];
      setTimeout(() => this.#connect(), this.#retry);
      this.#retry = Math.min(this.#retry * 2, LAST_RETRY);
      if (wasOpen) this.#events.onClose(event.code);
    });
    this.#socket = socket;
  }
}

function isSame(sent: string | Uint8Array, received: string | ArrayBuffer): boolean {
  if (typeof sent === 'string' || typeof received === 'string') return sent === received;
  const bytes = new Uint8Array(received);
  return bytes.length === sent.length && bytes.every((byte, index) => byte === sent[index]);
}
