import { WebsonError } from '../protocol/contract/errors.js';

/** The classes of web streams. */
export interface WebStreams {
  readonly ReadableStream: typeof ReadableStream;
  readonly WritableStream: typeof WritableStream;
}

interface Globals extends Partial<WebStreams> {
  readonly process?: { getBuiltinModule?(name: 'node:stream/web'): WebStreams | undefined };
}

/**
 * The classes of web streams: the global ones, or those of Node's module where a test environment that imitates a page hides them, as
 * jsdom does, or has others in their place that can do less, as happy-dom.
 *
 * @throws WebsonError `NO_WEB_STREAMS` where there are none, as in React Native.
 */
export function webStreams(): WebStreams {
  const globals = globalThis as Globals;
  if (isWhole(globals)) return globals;
  const own = globals.process?.getBuiltinModule?.('node:stream/web');
  if (own !== undefined) return own;
  throw new WebsonError('NO_WEB_STREAMS', 'this platform has no ReadableStream and WritableStream');
}

function isWhole(streams: Partial<WebStreams>): streams is WebStreams {
  const { ReadableStream, WritableStream } = streams;
  return (
    typeof ReadableStream?.prototype.getReader === 'function' &&
    typeof WritableStream?.prototype.getWriter === 'function'
  );
}
