import { RpcTarget } from 'capnweb';

/** What the client offers the server. */
export interface ClientApi {
  /** Who it is. */
  name(): string;
}

/** An object that lives at the server: the client has a reference to it. */
export class Counter extends RpcTarget {
  #count = 0;

  add(by: number): number {
    this.#count += Number(by);
    return this.#count;
  }
}

/** What the server offers a client: objects have methods, and these may take functions and return objects and streams. */
export class Machine extends RpcTarget {
  readonly #report: (text: string) => void;

  constructor(report: (text: string) => void) {
    super();
    this.#report = report;
  }

  upper(text: string): string {
    return String(text).toUpperCase();
  }

  counter(): Counter {
    return new Counter();
  }

  /** Calls `onTick`, which lives at the client, until it says false: at most 1000 times. Returns how often. */
  async tick(onTick: (count: number) => boolean | Promise<boolean>): Promise<number> {
    let count = 0;
    while (++count < 1000 && (await onTick(count)) === true);
    return count;
  }

  /** All primes, for as long as somebody reads them. */
  primes(): ReadableStream<number> {
    const found: number[] = [];
    return new ReadableStream({
      pull: (controller) => {
        let next = (found.at(-1) ?? 1) + 1;
        while (found.some((prime) => next % prime === 0)) next++;
        found.push(next);
        controller.enqueue(next);
      },
      cancel: () => this.#report('the primes are not read any more'),
    });
  }
}
