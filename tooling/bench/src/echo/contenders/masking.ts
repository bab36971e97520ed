import http from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** What `bufferutil` exports, and what `ws` makes of it. */
interface Masking {
  unmask(bytes: Buffer, key: Buffer): void;
}

/** Long enough that `ws` does not mask it by itself. */
const length = 64;

/**
 * Proves that in this process `ws` masks with compiled code: with Node's own where Node has such, which `ws` then prefers,
 * else with that of `bufferutil`, by looking who does it when `ws` is asked to.
 *
 * @throws Error that says what it does instead.
 */
export function proveCompiledMasking(): void {
  if ('websocketUnmask' in http) return;
  const require = createRequire(import.meta.url);
  const requireAsWs = createRequire(join(dirname(require.resolve('ws')), 'lib', 'buffer-util.js'));
  let addon: Masking;
  try {
    addon = requireAsWs('bufferutil') as Masking;
  } catch (cause) {
    throw new Error('ws does not find bufferutil', { cause });
  }
  const { unmask } = addon;
  if (!isCompiled(unmask)) throw new Error('bufferutil has no compiled code for this machine');
  let calls = 0;
  addon.unmask = (bytes, key) => {
    calls++;
    unmask(bytes, key);
  };
  try {
    (requireAsWs('./buffer-util.js') as Masking).unmask(Buffer.alloc(length), Buffer.from([1, 2, 3, 4]));
  } finally {
    addon.unmask = unmask;
  }
  if (calls !== 1) throw new Error('ws does not use bufferutil');
}

/** Whether a function is none of JavaScript. */
export function isCompiled(code: unknown): boolean {
  return typeof code === 'function' && Function.prototype.toString.call(code).includes('[native code]');
}
