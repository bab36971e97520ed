import type { Server as HttpServer } from 'node:http';
import { attach } from 'webson';
import { limits, PATH } from '../shared/protocol.js';
import { type Log, Room } from './room.js';
import { visitorOf } from './visitor.js';

/** Where a chat is kept, and who may come in. */
export interface ChatOptions {
  /** Folder of the history and the files; it need not be there yet. */
  readonly folder: string;
  /** The hosts of this server: a page that reaches it under any other name is refused. */
  readonly hosts: readonly string[];
  /** The pages that may connect: those of the same host by default. */
  readonly origins?: readonly string[];
  readonly log: Log;
}

/** A chat on an HTTP server. */
export interface ChatServer {
  /** Closes all connections with 1001, and leaves the HTTP server alone. */
  close(): Promise<void>;
}

/** Opens a chat on an HTTP server, which may listen already, or later: Vite's while developing, one of its own afterwards. */
export function openChat(http: HttpServer, { folder, hosts, origins, log }: ChatOptions): ChatServer {
  const room = new Room(folder, log);
  const sockets = attach(
    http,
    {
      path: PATH,
      hosts,
      ...(origins !== undefined && { origins }),
      authorize: visitorOf,
      // This is all that the inner protocol of pages needs.
      enableStreams: true,
      maxMessageSize: limits.message,
      // What a page may send of one file, and of all, before it is written to the disk.
      streamWindow: 512 * 1024,
      connectionWindow: 2 * 1024 * 1024,
      // A page that is gone without a word is missed after at most 20 seconds.
      pingInterval: 5000,
      timeout: { pong: 5000, dead: 10_000, close: 2000 },
      onError: (error) => log(`refused: ${error.message}`),
    },
    (connection) => room.enter(connection),
  );
  return {
    async close(): Promise<void> {
      await Promise.all([sockets.close(), room.close()]);
    },
  };
}
