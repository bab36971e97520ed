import { normalizePath, type RequestTarget } from '@webson/handshake';
import { promiseOf } from '../../application/thenable.js';
import { type OptionKind, wrongOption } from '../../options/option-kinds.js';

/**
 * The paths that a server answers: one path, a pattern, or a function that says true for those.
 *
 * Paths are compared after normalisation (RFC 3986 §6.2.2): `/caf%c3%a9` is `/café`, `/a/../b` is `/b`, and a target in absolute
 * form (RFC 9112 §3.2.2) counts by its path. The query of a request is ignored, but the function sees it. A RegExp is tried on
 * the path as it is in a URL, percent-encoded and without dot segments; it has no memory of earlier requests, whatever its flags.
 */
export type PathOption = string | RegExp | ((url: URL) => boolean);

// The path of a request never contains a query or a fragment.
export const PATH: OptionKind = {
  expected: 'a path that begins with / and has no ? and no #, a RegExp, or a function',
  accepts: (value) =>
    typeof value === 'string' ? /^\/[^?#]*$/.test(value) : typeof value === 'function' || isRegExp(value),
};

/**
 * Whether a request is for a path of the server.
 *
 * @param urlOf makes the URL of the request; undefined when it has none, as its `Host` is not valid.
 * @throws what a function of the application throws; ConfigError when it returns anything but true or false.
 */
export type PathTest = (target: RequestTarget, urlOf: () => URL | undefined) => boolean;

/** The test for the option `path`; undefined when every path is answered. */
export function pathTest(path: PathOption | undefined): PathTest | undefined {
  if (path === undefined) return undefined;
  if (typeof path === 'string') {
    const own = normalizePath(path);
    return (target) => target.path === own;
  }
  if (typeof path === 'function') return (_target, urlOf) => asked(path, urlOf());
  // With the flag g or y a RegExp goes on where its last match has ended, and the application may use its own meanwhile.
  const pattern = new RegExp(path.source, path.flags);
  return (target) => {
    pattern.lastIndex = 0;
    return pattern.test(target.path);
  };
}

function asked(isOwn: (url: URL) => boolean, url: URL | undefined): boolean {
  if (url === undefined) return false;
  const answer: unknown = isOwn(url);
  if (typeof answer === 'boolean') return answer;
  // Nobody waits for a promise, whose rejection would end the process.
  promiseOf(answer)?.then(undefined, () => {});
  throw wrongOption('path', 'a function that returns true or false', answer);
}

function isRegExp(value: unknown): boolean {
  return Object.prototype.toString.call(value) === '[object RegExp]';
}
