import { afterEach, describe, expect, it } from 'vitest';
import { permitListening } from '../../../src/node/server/permission.js';

// What the run-times themselves do is tried in tooling/runtimes; here only what they are asked.
const global = globalThis as { Deno?: unknown };

/** Puts permissions of Deno in place, which grant these hosts; returns what is asked for. */
function grant(...hosts: string[]): string[] {
  const asked: string[] = [];
  global.Deno = {
    permissions: {
      requestSync({ name, host }: { name: string; host: string }): { state: string } {
        asked.push(`${name} ${host}`);
        return { state: hosts.includes(host) ? 'granted' : 'prompt' };
      },
    },
  };
  return asked;
}

describe('permitListening', () => {
  afterEach(() => {
    Reflect.deleteProperty(global, 'Deno');
  });

  it('asks for nothing where nothing is restricted', async () => {
    await permitListening('no.such.host.invalid', 80);
  });

  it('asks Deno for the address and the port', async () => {
    const asked = grant('127.0.0.1:80', '[::1]:0');
    await permitListening('127.0.0.1', 80);
    await permitListening('::1', 0);
    expect(asked).toEqual(['net 127.0.0.1:80', 'net [::1]:0']);
  });

  it('asks Deno for the address that a name has', async () => {
    const asked = grant('127.0.0.1:80', '[::1]:80');
    await permitListening('localhost', 80);
    expect(asked).toEqual([expect.stringMatching(/^net (?:127\.0\.0\.1|\[::1\]):80$/)]);
  });

  it('anything but granted is refused', async () => {
    grant();
    await expect(permitListening('127.0.0.1', 80)).rejects.toMatchObject({
      code: 'ERR_ACCESS_DENIED',
      message: 'Requires net access to "127.0.0.1:80", run again with the --allow-net flag',
    });
  });
});
