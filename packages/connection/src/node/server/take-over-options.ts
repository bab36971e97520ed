import type { CheckedOptions } from '../../options/checked-options.js';
import { CONNECTION_KINDS } from '../../options/connection-kinds.js';
import { eitherOf, FUNCTION, type OptionKinds } from '../../options/option-kinds.js';
import type { BareOptions, CheckedConnectionOptions, ConnectionOptions } from '../../options/options.js';
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
   * `refuse(…)`, which may also be thrown. False refuses, too, with 401, so that a function that says yes or no works. Undefined
   * is data and lets in: where nothing may be found, write `users.get(token) ?? refuse(401)`. An error that it throws, rejects
   * with or returns is answered with 500; with 408 when it takes longer than `timeout.handshake`.
   *
   * It is called last of what judges a request: after the RFC, `path`, `hosts`, `origins` and `headerVerify`, and before
   * `protocols`. It is not called, and holds nobody up, for a request that one of these has refused.
   */
  authorize?: (request: UpgradeRequest) => Data | Refusal | false | PromiseLike<Data | Refusal | false>;
}

/** The options of {@link takeOver} that have no default. */
export type BareTakeOverOptions = BareOptions | 'authorize';

/** The options of {@link takeOver}. */
export const TAKE_OVER_KINDS: OptionKinds<TakeOverOptions, BareTakeOverOptions> = {
  ...CONNECTION_KINDS,
  protocols: eitherOf(CONNECTION_KINDS.protocols, FUNCTION),
  authorize: FUNCTION,
};

/** {@link TakeOverOptions} that were checked, with the defaults filled in. */
export type CheckedTakeOverOptions<Data> = CheckedOptions<TakeOverOptions<Data>, BareTakeOverOptions>;

/** The options as every connection has them: without a function that chooses the sub-protocol. */
export function commonOptionsOf(options: CheckedTakeOverOptions<unknown>): CheckedConnectionOptions {
  const { protocols } = options;
  return { ...options, protocols: typeof protocols === 'function' ? [] : protocols };
}
