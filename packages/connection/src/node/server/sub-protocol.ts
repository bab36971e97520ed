import { promiseOf } from '../../application/thenable.js';
import { wrongOption } from '../../options/option-kinds.js';
import type { TakeOverOptions } from './take-over-options.js';
import type { UpgradeRequest } from './upgrade-request.js';

type ChooseProtocol = Extract<TakeOverOptions['protocols'], (...args: never[]) => unknown>;

/**
 * The sub-protocol that a function of the server chooses (RFC 6455 §4.2.2 step 5); '' for none.
 *
 * @throws what the function throws; ConfigError when it returns anything but one of those offered, or undefined.
 */
export function chosenProtocol(choose: ChooseProtocol, offered: readonly string[], request: UpgradeRequest): string {
  // The function gets a list of its own, so that it cannot change what was offered.
  const chosen: unknown = choose([...offered], request);
  if (chosen === undefined) return '';
  if (typeof chosen === 'string' && offered.includes(chosen)) return chosen;
  // Nobody waits for a promise, whose rejection would end the process.
  promiseOf(chosen)?.then(undefined, () => {});
  // What was offered is not quoted: pages send tokens as sub-protocols, since they can set no other header field.
  const some = `one of the ${offered.length} that the client has offered, or undefined`;
  const expected = offered.length === 0 ? 'undefined, as nothing was offered,' : some;
  throw wrongOption('protocols', `a function that returns ${expected}`, chosen);
}
