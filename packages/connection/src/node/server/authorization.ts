import { buildRefusalHead, HeaderError } from '@webson/handshake';
import { isBytes, undisclosed } from '../../application/described.js';
import { isA } from '../../application/thrown.js';
import { checkOptions } from '../../options/checked-options.js';
import { type OptionKinds, wrongOption } from '../../options/option-kinds.js';
import { ConfigError } from '../../protocol/contract/errors.js';

/** Header fields: an object, where a list stands for a field that is repeated; or a `Headers`, a Map, or pairs. */
export type RefusalHeaders =
  | Readonly<Record<string, string | readonly string[]>>
  | Iterable<readonly [name: string, value: string | readonly string[]]>;

/** Options of {@link refuse}. */
export interface RefuseOptions {
  /** Header fields of the answer: `WWW-Authenticate` of a 401, `Location` of a redirect, `Retry-After`. None by default. */
  headers?: RefusalHeaders;
  /** The body; a string is sent as UTF-8, and is `text/plain` unless `headers` has a `Content-Type`. `Refused` by default. */
  body?: string | Uint8Array;
}

// A symbol that every copy of this module shares: a refusal of another copy must not be taken for data, which would let in.
const REFUSAL = Symbol.for('webson.refusal');

/** The answer to a request that a server does not want: see {@link refuse}. */
export class Refusal {
  /** 300-599. */
  readonly status: number;
  // Private, so that no other type counts as this one.
  readonly #answer: Uint8Array;

  constructor(status: number, answer: Uint8Array) {
    this.status = status;
    this.#answer = answer;
    Object.defineProperty(this, REFUSAL, { value: true });
  }

  /** The head and the body of the answer, as they are sent. */
  get answer(): Uint8Array {
    return this.#answer;
  }
}

/** Whether a value is a {@link Refusal}, of this or of another copy of this module. Never throws. */
export function isRefusal(value: unknown): value is Refusal {
  try {
    return typeof value === 'object' && value !== null && (value as { [REFUSAL]?: unknown })[REFUSAL] === true;
  } catch {
    return false;
  }
}

/** What each option may be, and its default. */
export const REFUSE_KINDS: OptionKinds<RefuseOptions, 'body'> = {
  headers: {
    expected: 'an object, a Headers, a Map, or pairs',
    accepts: (value) => typeof value === 'object' && value !== null,
    default: {},
    isSecret: true,
  },
  body: {
    expected: 'a string or a Uint8Array',
    accepts: (value) => typeof value === 'string' || isBytes(value),
  },
};

/**
 * What `authorize` of a server returns, or throws, for a request that it does not let in.
 *
 * With `{ headers: { 'WWW-Authenticate': 'Bearer' } }` a 401 says how to come in, with a `Retry-After` a 429 or 503 says when.
 *
 * @param status 300-599 but for 304, which has no body.
 * @throws ConfigError for another status, for a header field that may not stand in an answer, or that the answer has of itself
 *   (`Connection` and those that frame its body), and for a body of another kind.
 */
export function refuse(status: number, options: RefuseOptions = {}): Refusal {
  if (!Number.isInteger(status) || status < 300 || status > 599 || status === 304) {
    throw wrongOption('status', 'an integer from 300 to 599 but for 304', status);
  }
  const { headers, body = 'Refused\n' } = checkOptions('options', options, REFUSE_KINDS);
  const content = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  try {
    const head = buildRefusalHead(status, content.length, recordOf(headers));
    return new Refusal(status, Buffer.concat([Buffer.from(head, 'latin1'), content]));
  } catch (error) {
    if (isA(error, HeaderError)) throw new ConfigError(`headers: ${error.message}`, { cause: error });
    throw error;
  }
}

// A field that stands in several pairs is repeated.
function recordOf(headers: RefusalHeaders): Readonly<Record<string, readonly string[]>> {
  const record: Record<string, string[]> = Object.create(null);
  for (const pair of Symbol.iterator in headers ? headers : Object.entries(headers)) {
    const isPair = Array.isArray(pair) && pair.length === 2 && typeof pair[0] === 'string';
    if (!isPair) throw wrongField('headers', 'pairs of strings', pair);
    const [name, value] = pair as [string, unknown];
    for (const each of [value].flat()) {
      if (typeof each !== 'string') throw wrongField(`headers: ${name}`, 'a string, or a list of strings,', each);
      record[name] ??= [];
      record[name].push(each);
    }
  }
  return record;
}

// A field is not quoted: cookies are made of such.
function wrongField(name: string, expected: string, value: unknown): ConfigError {
  return new ConfigError(`${name}: ${expected} expected, got ${undisclosed(value)}`);
}
