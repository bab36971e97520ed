import type { Connection } from '@webson/connection/internal';
import type { ChannelEnds } from '../channel/channel-ends.js';
import { listenEnds } from '../channel/opening.js';
import { ChannelCode } from '../channel-error.js';
import { BASE_URL } from './connect-client.js';
import { type CallHead, callHeadOf, encodeResponseHead } from './connect-wire.js';
import { type ConnectHandlersOptions, checkConnectOptions } from './options.js';

/** What a handler of Connect is given. */
export interface ConnectServerRequest {
  httpVersion: string;
  url: string;
  method: string;
  header: Headers;
  body: AsyncIterable<Uint8Array>;
  signal: AbortSignal;
}

/** What it returns. */
export interface ConnectServerResponse {
  status: number;
  header?: Headers;
  body?: AsyncIterable<Uint8Array>;
}

/** A handler of Connect: one of `createConnectRouter().handlers`. */
export interface ConnectHandler {
  (request: ConnectServerRequest): Promise<ConnectServerResponse>;
  readonly requestPath: string;
}

/**
 * Serves the calls that the peer makes through `connectTransport`, whichever side has dialled. Call it before the connection is
 * started.
 *
 * A handler's `signal` aborts when the call is cancelled, its deadline passes, or the connection ends. Bytes of messages are bound by
 * `readMaxBytes` of `createConnectRouter`.
 *
 * @param handlers those of `createConnectRouter`; a call of another procedure fails with `Unimplemented`.
 * @returns a function that takes no more calls; those that run go on.
 * @throws what `onChannel` throws; ConfigError for an option that is wrong.
 */
export function connectHandlers(
  connection: Connection<unknown>,
  handlers: Iterable<ConnectHandler>,
  options: ConnectHandlersOptions = {},
): () => void {
  const { name, maxCalls } = checkConnectOptions(options);
  const byPath = new Map<string, ConnectHandler>();
  for (const handler of handlers) byPath.set(handler.requestPath, handler);
  return listenEnds(connection, (ends) => serveCall(ends, byPath), { name, maxChannels: maxCalls });
}

async function serveCall(ends: ChannelEnds, byPath: ReadonlyMap<string, ConnectHandler>): Promise<void> {
  const head = callHeadOf(ends.meta);
  const header = head && headersOf(head);
  if (head === undefined || header === undefined) {
    ends.reset(ChannelCode.Refused, 'meta: the path, the method and the header of a call expected');
    return;
  }
  const cancel = new AbortController();
  void ends.over.then(({ error }) => cancel.abort(error));
  const body = new RequestBody(ends);
  const { path, method } = head;
  const request = { httpVersion: '2.0', url: BASE_URL + path, method, header, body, signal: cancel.signal };
  try {
    await respond(ends, (await byPath.get(path)?.(request)) ?? { status: 404 });
    await body.drain();
  } catch (error) {
    // Of a call that is over nobody wants to know.
    if (!ends.isOver && !cancel.signal.aborted) throw error;
  }
}

async function respond(ends: ChannelEnds, { status, header, body }: ConnectServerResponse): Promise<void> {
  await ends.write(encodeResponseHead({ status, header: header === undefined ? [] : [...header] }));
  if (body !== undefined) for await (const bytes of body) if (bytes.length > 0) await ends.write(bytes);
  await ends.end();
}

function headersOf({ header }: CallHead): Headers | undefined {
  try {
    return new Headers(header.map(([field, value]): [string, string] => [field, value]));
  } catch {
    return undefined;
  }
}

/** The bytes of a request. */
class RequestBody implements AsyncIterable<Uint8Array> {
  readonly #ends: ChannelEnds;
  #reading: Promise<Uint8Array | undefined> | undefined;
  #isDraining = false;

  constructor(ends: ChannelEnds) {
    this.#ends = ends;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    while (!this.#isDraining) {
      this.#reading = this.#ends.read();
      const bytes = await this.#reading;
      if (bytes === undefined) return;
      yield bytes;
    }
  }

  /** Drops what the handler has not read. The client stops when it has the whole response. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    await this.#reading;
    while (!this.#ends.isOver && (await this.#ends.read()) !== undefined);
  }
}
