/** The payload of the pings that ask for a receipt. */
const QUESTION = 'webson: all received?';

/**
 * Finds out when the peer has received what has left before: it answers a ping behind that (RFC 6455 §5.5.2).
 *
 * A peer may answer the newest of several pings alone (RFC 6455 §5.5.3). So every other pong, after which nothing older may be
 * answered, asks again.
 */
export class Receipt {
  readonly #ping: (payload: string) => void;
  readonly #onReceived: () => void;
  #isDone = false;

  /** Asks. @param ping sends a ping, or does nothing when none can be sent any more. */
  constructor(ping: (payload: string) => void, onReceived: () => void) {
    this.#ping = ping;
    this.#onReceived = onReceived;
    ping(QUESTION);
  }

  /** A pong has come. */
  onPong(payload: Uint8Array): void {
    if (this.#isDone) return;
    if (!isAnswer(payload)) {
      this.#ping(QUESTION);
      return;
    }
    this.#isDone = true;
    this.#onReceived();
  }
}

function isAnswer(payload: Uint8Array): boolean {
  if (payload.length !== QUESTION.length) return false;
  for (let i = 0; i < payload.length; i++) if (payload[i] !== QUESTION.charCodeAt(i)) return false;
  return true;
}
