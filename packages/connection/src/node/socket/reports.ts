import type { Warning } from '../../protocol/contract/platform.js';
import { isNode, util } from '../built-ins.js';

/** Shows a warning by `process.emitWarning`, as `WebsonWarning`. */
export function warn({ code, message, detail }: Warning): void {
  const type = 'WebsonWarning';
  // Only Node shows the detail.
  if (isNode) process.emitWarning(message, { type, code, ...(detail === undefined ? {} : { detail }) });
  else process.emitWarning(detail === undefined ? message : `${message}\n${detail}`, { type, code });
}

const log = util.debuglog('webson');

const numbers = new WeakMap<object, number>();
let last = 0;

function write(event: string, about?: object): void {
  log('%s%s', about === undefined ? '' : `#${numberOf(about)} `, event);
}

function numberOf(about: object): number {
  let number = numbers.get(about);
  if (number === undefined) {
    number = ++last;
    numbers.set(about, number);
  }
  return number;
}

/** Writes a line to stderr, with the number of the connection; undefined unless `NODE_DEBUG` has `webson` in it. */
export const trace: typeof write | undefined = isTracing() ? write : undefined;

// Bun's logger does not say whether it is enabled; that of Deno does, and the environment, which takes a permission, is not read.
function isTracing(): boolean {
  const isEnabled = log.enabled as boolean | undefined;
  return isEnabled ?? /(?:^|,)\s*(?:webson|\*)\s*(?:,|$)/i.test(process.env.NODE_DEBUG ?? '');
}
