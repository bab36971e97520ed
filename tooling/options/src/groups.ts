/** Options that are given together: an interface that describes them, and a table that checks them. */
export interface Group {
  readonly title: string;
  /** Who takes them, as a sentence. */
  readonly takers: string;
  /** The file of the interface, and of the table, from the root of the workspace. */
  readonly file: string;
  readonly interface: string;
  /** The name of the table of their kinds. */
  readonly kinds: string;
  /** The file of the table, when it is another one. */
  readonly kindsFile?: string;
  /** The table that it contains as well, whose options are described there. */
  readonly beside?: string;
}

const connection = 'packages/connection/src';

/** The groups in the order in which docs/OPTIONS.md shows them. */
export const GROUPS: readonly Group[] = [
  {
    title: 'Every connection',
    takers: 'For `dial`, `serve`, `attach` and `takeOver`: one object of them may be shared by both sides.',
    file: `${connection}/options/options.ts`,
    interface: 'ConnectionOptions',
    kinds: 'CONNECTION_KINDS',
    kindsFile: `${connection}/options/connection-kinds.ts`,
  },
  {
    title: 'A client',
    takers: 'For `dial`, beside those of every connection.',
    file: `${connection}/node/client/dial.ts`,
    interface: 'DialOptions',
    kinds: 'DIAL_KINDS',
    beside: 'CONNECTION_KINDS',
  },
  {
    title: 'A server',
    takers: 'For `serve`, `attach` and `takeOver`, beside those of every connection.',
    file: `${connection}/node/server/take-over-options.ts`,
    interface: 'TakeOverOptions',
    kinds: 'TAKE_OVER_KINDS',
    beside: 'CONNECTION_KINDS',
  },
  {
    title: 'A server that listens itself',
    takers: 'For `serve`, beside those of every connection and of every server.',
    file: `${connection}/node/server/serve.ts`,
    interface: 'ServeOptions',
    kinds: 'SERVE_KINDS',
    beside: 'TAKE_OVER_KINDS',
  },
  {
    title: 'A server on the HTTP server of somebody else',
    takers: 'For `attach`, beside those of every connection and of every server.',
    file: `${connection}/node/server/attach.ts`,
    interface: 'AttachOptions',
    kinds: 'ATTACH_KINDS',
    beside: 'TAKE_OVER_KINDS',
  },
  {
    title: 'Compression',
    takers: 'For `enableCompress`, in place of `true`.',
    file: 'packages/compress/src/options.ts',
    interface: 'CompressOptions',
    kinds: 'COMPRESS_KINDS',
  },
  {
    title: 'A pool',
    takers: 'For `new Pool`.',
    file: 'packages/pool/src/options.ts',
    interface: 'PoolOptions',
    kinds: 'POOL_KINDS',
  },
  {
    title: 'A member of a pool',
    takers: 'For `add` of a pool, its second argument, and for `dial` of a pool, its third.',
    file: 'packages/pool/src/node.ts',
    interface: 'PoolNode',
    kinds: 'NODE_KINDS',
  },
  {
    title: 'A message to a group',
    takers: 'For `toGroup` of a pool.',
    file: 'packages/pool/src/node.ts',
    interface: 'ToGroupOptions',
    kinds: 'TO_GROUP_KINDS',
  },
  {
    title: 'A refusal',
    takers: 'For `refuse`, its second argument.',
    file: `${connection}/node/server/authorization.ts`,
    interface: 'RefuseOptions',
    kinds: 'REFUSE_KINDS',
  },
  {
    title: 'Messages of a type',
    takers: 'For `onMessage` of a connection, its third argument.',
    file: `${connection}/handlers.ts`,
    interface: 'MessageActionOptions',
    kinds: 'ACTION_KINDS',
    kindsFile: `${connection}/connection.ts`,
  },
  {
    title: 'A stream of Node',
    takers: 'For `toDuplex`.',
    file: `${connection}/node/duplex.ts`,
    interface: 'DuplexOptions',
    kinds: 'DUPLEX_KINDS',
  },
  {
    title: 'Web streams',
    takers: 'For `toStreams`.',
    file: `${connection}/to-streams.ts`,
    interface: 'StreamsOptions',
    kinds: 'STREAMS_KINDS',
  },
  {
    title: 'Draining',
    takers: 'For `drain` of a server and of a pool.',
    file: `${connection}/lifecycle/drain.ts`,
    interface: 'DrainOptions',
    kinds: 'DRAIN_KINDS',
  },
];
