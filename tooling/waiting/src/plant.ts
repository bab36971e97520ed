import type { Connection } from 'webson';

/** What a planted fault may look at when it decides. */
export interface PlantedAt {
  /** Handlers of this end that have not settled. */
  readonly pending: number;
  /** A Close has been asked for, or seen. */
  readonly isEnding: boolean;
}

/** One thing that is made wrong on purpose, between a connection and its transport or its handlers. */
export interface Plant {
  /** False: the end does not read now, though its connection would. */
  readonly listens?: (at: PlantedAt) => boolean;
  /** False: the end is not told that all is written, this time. `count`: how often it was before. */
  readonly drains?: (count: number) => boolean;
  /** False: the connection reads on in vain, this time. */
  readonly resumes?: (count: number) => boolean;
  /** Changes a connection before it is started. */
  readonly alter?: (connection: Connection) => void;
  /** What is handed to handlers in place of one message: it, nothing, or it twice. `place`: how many came before. */
  readonly hands?: (place: number) => 'once' | 'never' | 'twice';
  /** Changes what a handler reads. */
  readonly reads?: (content: Uint8Array) => Uint8Array;
}
