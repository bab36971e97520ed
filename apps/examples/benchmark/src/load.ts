import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { type Connection, dial, MessageType } from 'webson';

/** What is sent to an echo. */
export interface LoadOptions {
  readonly url: string;
  readonly connections: number;
  /** Messages on each connection that have no answer yet, at any time. */
  readonly inFlight: number;
  /** Bytes of a message. */
  readonly size: number;
}

/** Round trips over some connections to an echo: whenever a message has come back, the next one leaves. */
export class Load {
  /** How long round trips took, in nanoseconds, since the last `reset`. */
  readonly times: RecordableHistogram = createHistogram();
  /** Rejects when a connection ends before `stop`, or an answer is none. */
  readonly failed: Promise<never>;
  readonly #connections: readonly Connection[];
  #isStopping = false;

  private constructor(connections: readonly Connection[], { inFlight, size }: LoadOptions) {
    this.#connections = connections;
    const payload = new Uint8Array(size).fill(120);
    this.failed = new Promise((_, reject) => {
      for (const ws of connections) this.#run(ws, payload, inFlight).catch(reject);
    });
    // Who stops it may have no more use for what fails.
    this.failed.catch(() => undefined);
  }

  /** Opens the connections, and begins. Rejects as `dial` does. */
  static async start(options: LoadOptions): Promise<Load> {
    const connections: Connection[] = [];
    for (let count = 0; count < options.connections; count++) connections.push(await dial(options.url));
    return new Load(connections, options);
  }

  /** Ends it. */
  stop(): void {
    this.#isStopping = true;
    for (const ws of this.#connections) ws.terminate();
  }

  async #run(ws: Connection, payload: Uint8Array, inFlight: number): Promise<void> {
    // Answers come in the order of the messages.
    const sentAt: number[] = [];
    const send = (): void => {
      sentAt.push(performance.now());
      ws.dispatch(MessageType.Binary, payload);
    };
    let wrong: Error | undefined;
    ws.onReady(() => {
      for (let count = 0; count < inFlight; count++) send();
    });
    ws.onMessage(MessageType.Binary, (message) => {
      const length = message.read().length;
      if (length !== payload.length) {
        wrong = new Error(`the answer to ${payload.length} bytes has ${length}: is that server an echo?`);
        ws.close();
        return;
      }
      this.times.record(Math.max(1, Math.round((performance.now() - (sentAt.shift() ?? 0)) * 1e6)));
      send();
    });
    const { code, error } = await ws.start();
    if (!this.#isStopping) throw wrong ?? error ?? new Error(`the server ended a connection with ${code}`);
  }
}
