import type { ConnectionOptions, TlsOptions } from 'node:tls';
import { promiseOf } from '../application/thenable.js';

type Callback = (...args: never[]) => unknown;

/**
 * The options with their functions as Node may call them: what one of those throws would end the process, for Node calls
 * them from within OpenSSL. The handshake fails instead.
 */
export function guardTls<T extends TlsOptions | ConnectionOptions>(options: T): T {
  const { SNICallback } = options as TlsOptions;
  const guarded: { SNICallback?: Callback } & Record<string, Callback> = {};
  const given = options as Record<string, unknown>;
  if (typeof SNICallback === 'function') {
    guarded.SNICallback = (name: string, done: (error: Error | null) => void): void => {
      const onError = (cause: unknown): void => done(failed('SNICallback', cause));
      try {
        promiseOf(SNICallback(name, done))?.then(undefined, onError);
      } catch (error) {
        onError(error);
      }
    };
  }
  // Each of them says no in its own way.
  guard('ALPNCallback', () => undefined);
  guard('pskCallback', () => null);
  guard('checkServerIdentity', (cause) => failed('checkServerIdentity', cause));
  return { ...options, ...guarded };

  function guard(name: string, refuse: (error: unknown) => unknown): void {
    const callback = given[name] as Callback | undefined;
    if (typeof callback !== 'function') return;
    guarded[name] = (...args) => {
      try {
        return callback(...args);
      } catch (error) {
        return refuse(error);
      }
    };
  }
}

// Node looks into the error: what was thrown may not let it.
function failed(name: string, cause: unknown): Error {
  return new Error(`tls: ${name} failed`, { cause });
}
