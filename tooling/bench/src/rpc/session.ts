/** The calls of one client to the server of the same contender. */
export interface Session {
  /** Has the server send a text back. */
  echo(text: string): Promise<string>;
}

/** What every file in `contenders/` exports. */
export interface Contender {
  /** Listens on a free port of 127.0.0.1 and returns it. */
  listen(): Promise<number>;
  connect(port: number): Promise<Session>;
}
