import { isToken } from '@webson/handshake';
import {
  checkOptions,
  eitherOf,
  FUNCTION,
  isRecord,
  listOf,
  type OptionKind,
  type OptionKinds,
  wrongOption,
} from '../../options/option-kinds.js';
import { type ConnectionOptions, resolveOptions, type Settings } from '../../options/options.js';
import type { Refusal } from './authorization.js';
import type { UpgradeRequest } from './upgrade-request.js';

/** Options of {@link takeOver}: those of a connection, and what judges the request that it is made of. */
export interface TakeOverOptions<Data = undefined> extends Omit<ConnectionOptions, 'protocols'> {
  /**
   * Sub-protocols, one or several, in order of preference: the first of them that was offered is taken. Or a function that
   * chooses one of those offered, or none; called for every request that was let in, also when nothing was offered. A name that
   * was not offered, a promise, or an error is answered with 500. None by default.
   */
  protocols?:
    | string
    | readonly string[]
    | ((offered: readonly string[], request: UpgradeRequest) => string | undefined);
  /**
   * Lets a request in, or does not: what it returns, or what the promise resolves to, is `data` of the connection, unless it is
   * `refuse(…)`, which may also be thrown. False refuses, too, with 401, so that a function that says yes or no works. An error
   * that it throws, rejects with or returns is answered with 500; with 408 when it takes longer than `timeout.handshake`.
   *
   * It is called last of what judges a request: after the RFC, `path`, `hosts`, `origins` and `headerVerify`, and before
   * `protocols`. It is not called, and holds nobody up, for a request that one of these has refused.
   */
  authorize?: (request: UpgradeRequest) => Data | Refusal | PromiseLike<Data | Refusal>;
}

const PROTOCOL_LIST = listOf('', isToken);

const PROTOCOLS: OptionKind = {
  expected: 'a sub-protocol, which is a token, or a list of them',
  accepts: (value) => PROTOCOL_LIST.accepts([value].flat()),
};

const KINDS: OptionKinds<Pick<TakeOverOptions, 'protocols' | 'authorize'>> = {
  protocols: eitherOf(PROTOCOLS, FUNCTION),
  authorize: FUNCTION,
};

/** Checks the options and fills in the defaults. @throws ConfigError naming the first wrong option. */
export function resolveTakeOverOptions(options: TakeOverOptions<unknown>): Settings {
  if (!isRecord(options)) throw wrongOption('options', 'an object', options);
  checkOptions<Pick<TakeOverOptions, 'protocols' | 'authorize'>>('options', options, KINDS);
  return resolveOptions(connectionOptionsOf(options));
}

/** The options as every connection has them: without the sub-protocols that a function of the server chooses. */
export function connectionOptionsOf(options: TakeOverOptions<unknown>): ConnectionOptions {
  if (typeof options.protocols !== 'function') return options as ConnectionOptions;
  // Options may be inherited.
  return Object.create(options, { protocols: { value: undefined } }) as ConnectionOptions;
}
