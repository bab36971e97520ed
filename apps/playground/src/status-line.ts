const INTERVAL = 200;
const CLEAR = '\r\x1b[K';

/** What the terminal tells about. */
export interface Counts {
  readonly connections: number;
  readonly echoes: number;
}

/**
 * Keeps the counts before the user's eyes: on a terminal one line that is written anew, elsewhere a line when the number
 * of connections has changed. At most five times a second.
 */
export class StatusLine {
  readonly #output: NodeJS.WriteStream;
  readonly #counts: Counts;
  #timer: NodeJS.Timeout | undefined;
  #shown = 0;

  constructor(output: NodeJS.WriteStream, counts: Counts) {
    this.#output = output;
    this.#counts = counts;
    if (output.isTTY) this.#show();
  }

  /** Something has changed. */
  update(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#show();
    }, INTERVAL);
  }

  /** Writes a last line. */
  end(): void {
    clearTimeout(this.#timer);
    const { echoes } = this.#counts;
    this.#output.write(`${this.#output.isTTY ? CLEAR : ''}Stopped. ${count(echoes, 'message')} echoed.\n`);
  }

  #show(): void {
    const { connections, echoes } = this.#counts;
    const line = `${count(connections, 'connection')}, ${count(echoes, 'message')} echoed`;
    if (this.#output.isTTY) this.#output.write(`${CLEAR}${line}`);
    else if (connections !== this.#shown) this.#output.write(`${line}\n`);
    this.#shown = connections;
  }
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
}
