import { type Connection, type ServeOptions, Status } from 'webson';

/** Options of a stand that pass through JSON. What a stand does not know goes to `serve`. */
export interface StandOptions {
  readonly tls?: boolean;
  /** Listens on a unix socket. */
  readonly isLocal?: boolean;
  readonly host?: string;
  readonly port?: number;
  /** Types of one's own that are echoed, too. */
  readonly types?: readonly number[];
  readonly privateMask?: readonly number[];
  /** The other options of `serve`. */
  readonly serve?: ServeOptions;
}

/** How a connection has ended for the server. */
export interface End {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
  /** The code of the error; '' for none. */
  readonly error: string;
}

/** What a stand has seen, when it is over. */
export interface Report {
  readonly ends: readonly End[];
  /** The codes of the errors that the server was told. */
  readonly errors: readonly string[];
  /** What else it has written down. */
  readonly notes: readonly unknown[];
}

/** What a client is told of a stand that is open. */
export interface Address {
  readonly url: string;
  readonly port: number;
}

/** A behaviour of a server, open to clients. */
export interface Stand extends Address {
  /** Does what a case asks for in the middle of it. */
  ask?(order: string, detail: unknown): unknown;
  /** Closes it, and tells what it has seen. */
  close(): Promise<Report>;
}

/** Opens a stand. */
export type StandMaker = (options: StandOptions) => Promise<Stand>;

/** The errors and ends of the connections of one stand. */
export class Witness {
  readonly #ends: End[] = [];
  readonly #errors: string[] = [];
  readonly #notes: unknown[] = [];

  get report(): Report {
    return { ends: this.#ends, errors: this.#errors, notes: this.#notes };
  }

  /** Writes down how it ends. */
  watch(ws: Connection<unknown>): void {
    ws.onStatus(Status.Closed, () => {
      const { code = 0, reason = '', wasClean = false, error } = ws.closeInfo ?? {};
      this.#ends.push({ code, reason, wasClean, error: codeOf(error) });
    });
  }

  hear(error: unknown): void {
    this.#errors.push(codeOf(error));
  }

  note(value: unknown): void {
    this.#notes.push(value);
  }
}

function codeOf(error: unknown): string {
  if (error === undefined) return '';
  const { code, message } = error as { code?: string; message: string };
  return code ?? message;
}
