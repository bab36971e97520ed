/*
 * Names that options have elsewhere. What stands for a name is its name here, then, behind a semicolon, what is different. Where
 * there is no such option here, the semicolon comes first, and then what to do instead.
 */

/** Names by those who use them. */
export type NamesByUser = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Names that stand for something else in one place. */
export interface NamesOfPlace {
  /** An option that there is in this place alone. */
  readonly mark: string;
  readonly names: Readonly<Record<string, string>>;
}

/** These by what docs/OPTIONS.md calls the places. */
export type NamesOfPlaces = Readonly<Record<string, NamesOfPlace>>;

/** Those of the options of a Pool. They are at hand in a page as well: its constructor cannot wait until the others are loaded. */
export const REDIAL_NAMES: NamesByUser = {
  'socket.io': {
    reconnection: 'clientRetry; a number',
    reconnectionAttempts: 'clientRetry',
    reconnectionDelay: 'retryInterval',
    reconnectionDelayMax: 'maxRetryInterval',
    randomizationFactor: '; every wait of a Pool is random',
  },
  'other libraries': {
    retry: 'clientRetry; a number',
    retries: 'clientRetry',
    maxRetries: 'clientRetry',
    reconnect: 'clientRetry; a number',
    maxReconnectAttempts: 'clientRetry',
    reconnectInterval: 'retryInterval; in milliseconds, twice as long after each attempt',
  },
};

/** What goes before them for a Pool. */
export const PLACE_OF_POOL: NamesOfPlaces = {
  'a Pool': {
    mark: 'clientRetry',
    names: {
      maxConnections: 'size',
    },
  },
};
