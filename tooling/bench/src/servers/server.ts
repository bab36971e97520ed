/** A server under measurement, inside its own process. */
export interface EchoServer {
  readonly port: number;
  stop(): unknown;
}

/** What every file of this folder exports: listens on a free port of 127.0.0.1. */
export type StartServer = () => Promise<EchoServer>;
