// How a process of the suite talks to the judge, who has started it: JSON, one value a line, over stdin and stdout.

/** What is asked of a server's process, or of the judge. */
export interface Order {
  readonly id: number;
  readonly order: string;
  readonly detail: unknown;
}

/** The answer to an order. */
export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  /** What went wrong, in words. */
  readonly error?: string;
}

/** Whom a client's process asks. */
export type Asked = 'server' | 'second' | 'judge';

/** How one case went. */
export interface Verdict {
  readonly name: string;
  /** Undefined when all that is owed was kept. */
  readonly complaint?: string;
  /** Milliseconds. */
  readonly duration: number;
}

/** What a client's process says. */
export type Said = ({ readonly to: Asked } & Order) | { readonly verdict: Verdict } | { readonly isDone: true };

/** Calls `onLine` with every value that comes in, and `onEnd` when no more will. */
export function readLines(onLine: (value: unknown) => void, onEnd: () => void): void {
  let rest = '';
  process.stdin.setEncoding('utf8');
  process.stdin.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(JSON.parse(line));
  });
  process.stdin.on('end', onEnd);
}

/** Writes one value. */
export function writeLine(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
