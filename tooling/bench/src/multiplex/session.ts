/** Bulk goes up, from the client, or down, from the server. */
export type Direction = 'up' | 'down';

/** One connection of a client to the server of the same contender. */
export interface Session {
  /** Bytes of bulk that have come down. */
  readonly received: number;
  /** Sends {@link PING_LENGTH} bytes; resolves, when as many have come back, with the bytes of bulk the server has got so far. */
  ping(): Promise<number>;
  /** Begins so many messages that never end. */
  bulk(direction: Direction, count: number): void;
}

/** What every file in `contenders/` exports. */
export interface Contender {
  /** Listens on a free port of 127.0.0.1 and returns it. */
  listen(): Promise<number>;
  /** @param isMultiplexed false: the connection is for one bulk message alone. */
  connect(port: number, isMultiplexed: boolean): Promise<Session>;
}

/** Bytes of a ping, and of its answer. */
export const PING_LENGTH: number = 20;
/** Every piece of bulk: nobody looks at it. */
export const piece: Uint8Array = new Uint8Array(64 * 1024).fill(0x61);

/** A number as a ping, or the answer to one. */
export function toPing(value: number): string {
  return String(value).padStart(PING_LENGTH, '0');
}

/** Waits for one answer at a time. */
export class Answer {
  #resolve: ((value: number) => void) | undefined;

  next(): Promise<number> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  came(text: string): void {
    if (text.length !== PING_LENGTH) throw new Error(`${text.length} bytes are no answer to a ping`);
    this.#resolve?.(Number(text));
  }
}
