import type { Connection } from '@webson/connection/internal';
import type { ChannelEnds } from '../channel/channel-ends.js';
import { openEnds } from '../channel/opening.js';
import { ChannelCode } from '../channel-error.js';
import { connectFailure } from './connect-failure.js';
import { readResponseHead } from './connect-wire.js';
import { type ConnectOptions, checkConnectOptions } from './options.js';

/** What Connect asks of an HTTP client. */
export interface ConnectRequest {
  readonly url: string;
  readonly method: string;
  readonly header: Headers;
  readonly body?: AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal;
}

/** What an HTTP client gives Connect. */
export interface ConnectResponse {
  status: number;
  header: Headers;
  body: AsyncIterable<Uint8Array>;
  trailer: Headers;
}

/** What `createTransport` of Connect is given. */
export interface ConnectTransportOptions {
  httpClient: (request: ConnectRequest) => Promise<ConnectResponse>;
  baseUrl: string;
  useBinaryFormat: boolean;
  interceptors: never[];
  acceptCompression: never[];
  sendCompression: null;
  compressMinBytes: number;
  /** Most bytes of a message: 16 MiB. */
  readMaxBytes: number;
  writeMaxBytes: number;
}

/** Where calls seem to go. */
export const BASE_URL = 'http://webson';

const MAX_BYTES = 16 * 1024 * 1024;

/**
 * A transport for `createClient` of Connect, whose calls go through a channel each: unary ones and all that stream.
 *
 * Cancels and deadlines reach the server, errors, headers and trailers come back. Calls fail with `ConnectError`: `Unavailable` when
 * the connection is not there, or ends; those that are made when it was dialled again go through.
 *
 * @param create `createTransport` of `@connectrpc/connect/protocol-connect`, or a function that calls it with more options.
 * @throws ConfigError for an option that is wrong.
 */
export function connectTransport<T>(
  connection: Connection<unknown>,
  create: (options: ConnectTransportOptions) => T,
  options: ConnectOptions = {},
): T {
  const { name } = checkConnectOptions(options);
  return create({
    httpClient: (request) => call(connection, name, request),
    baseUrl: BASE_URL,
    useBinaryFormat: true,
    interceptors: [],
    acceptCompression: [],
    sendCompression: null,
    compressMinBytes: MAX_BYTES,
    readMaxBytes: MAX_BYTES,
    writeMaxBytes: MAX_BYTES,
  });
}

async function call(
  connection: Connection<unknown>,
  name: string,
  { url, method, header, body, signal }: ConnectRequest,
): Promise<ConnectResponse> {
  // What the source of the request has failed with.
  const source: { error?: unknown } = {};
  try {
    const meta = { path: pathOf(url), method, header: [...header] };
    const ends = openEnds(connection, name, signal === undefined ? { meta } : { meta, signal });
    void send(ends, body, source);
    const { head, rest } = await readResponseHead(ends).catch((error) => {
      ends.reset(ChannelCode.Failed, String(error));
      throw error;
    });
    return {
      status: head.status,
      header: new Headers(head.header.map(([field, value]): [string, string] => [field, value])),
      body: receive(ends, rest, source),
      trailer: new Headers(),
    };
  } catch (error) {
    throw 'error' in source ? source.error : connectFailure(error);
  }
}

async function send(
  ends: ChannelEnds,
  body: AsyncIterable<Uint8Array> | undefined,
  source: { error?: unknown },
): Promise<void> {
  const sent = async (wait: Promise<void> | undefined): Promise<boolean> => {
    try {
      await wait;
      return true;
    } catch {
      return false;
    }
  };
  try {
    if (body !== undefined) {
      for await (const bytes of body) if (ends.isOver || !(await sent(written(ends, bytes)))) return;
    }
  } catch (error) {
    source.error = error;
    ends.reset(ChannelCode.Failed, 'the source of the request has failed');
    return;
  }
  await sent(ends.end());
}

// Whoever reads hears why it cannot be written.
async function written(ends: ChannelEnds, bytes: Uint8Array): Promise<void> {
  await ends.write(bytes);
}

async function* receive(
  ends: ChannelEnds,
  rest: Uint8Array,
  source: { error?: unknown },
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    if (rest.length > 0) yield rest;
    for (let bytes = await ends.read(); bytes !== undefined; bytes = await ends.read()) yield bytes;
  } catch (error) {
    throw 'error' in source ? source.error : connectFailure(error);
  } finally {
    // The response is whole, or not wanted any more; what is still to be sent is not, either.
    ends.reset(ChannelCode.None, '');
  }
}

// Behind the authority: `//` begins it.
function pathOf(url: string): string {
  return url.slice(url.indexOf('/', url.indexOf('//') + 2));
}
