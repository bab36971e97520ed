import type { ConnectionOptions, TlsOptions } from 'node:tls';
import { promiseOf } from '../application/thenable.js';

type Callback = (...args: never[]) => unknown;

/**
 * Wraps the functions among TLS options so that an error they throw fails the handshake. Node calls them from within OpenSSL,
 * where an exception would end the process.
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
  // Each of them refuses the handshake by another return value.
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

// Node reads properties of the error, which may throw when the error is the application's. So it gets one of ours.
function failed(name: string, cause: unknown): Error {
  return new Error(`tls: ${name} failed`, { cause });
}
