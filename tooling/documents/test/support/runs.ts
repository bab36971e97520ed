import { expect } from 'vitest';
import { type DialOptions, dial } from 'webson';
import { sendBadRequests } from './bad-requests.js';
import { freePort, listening } from './port.js';
import type { Program } from './program.js';

/** A server that a snippet starts. */
export interface Serving {
  /** The port that stands in the snippet; 8080 by default. */
  readonly shownPort?: number;
  /** The path of an upgrade that is taken. */
  readonly path?: string;
  /** Options of an honest client. */
  readonly options?: DialOptions;
  /** Header lines of an honest client. */
  readonly headers?: string;
  readonly isTls?: boolean;
  readonly isStrict?: boolean;
  /** What else to replace. */
  readonly replaced?: () => Promise<Record<string, string | number>> | Record<string, string | number>;
  /** Looks at what it does, and at its stdout, after the bad requests. */
  readonly probe?: (port: number, output: () => string) => Promise<void>;
}

/** Runs a server: it is sent bad requests, serves an honest client, and is still there. */
export function serves(serving: Serving = {}): (program: Program) => Promise<void> {
  return async (program) => {
    const { shownPort = 8080, path = '/', options, isTls = false, headers = '', isStrict = true, probe } = serving;
    const port = await freePort();
    const child = program.start({ [String(shownPort)]: port, ...(await serving.replaced?.()) });
    let isGone = false;
    child.process.once('exit', () => {
      isGone = true;
    });
    await listening(port, child);
    await sendBadRequests({ port, path, headers, isTls, isStrict });
    const extraHeaders = Object.fromEntries(
      [...headers.matchAll(/^(.+?): (.*)\r$/gm)].map(([, name, value]) => [name, value]),
    );
    const honest = await dial(`${isTls ? 'wss' : 'ws'}://127.0.0.1:${port}${path}`, {
      extraHeaders,
      ...(isTls ? { tls: { rejectUnauthorized: false } } : {}),
      ...options,
    });
    honest.onReady((adapter) => adapter.close(1000));
    expect(await honest.start()).toMatchObject({ code: 1000, wasClean: true });
    await probe?.(port, () => child.stdout);
    expect(isGone, child.output).toBe(false);
  };
}

/** Runs a program to its end: it prints what stands below it, or what is given, and exits with 0. */
export function prints(output?: string | RegExp, replaced: Readonly<Record<string, string | number>> = {}) {
  return async (program: Program): Promise<void> => {
    const child = program.start(replaced);
    expect(await child.exited, child.output).toBe(0);
    const expected = output ?? program.printed;
    if (expected === undefined) throw new Error(`${program.at}: nothing says what it prints`);
    if (typeof expected === 'string') expect(child.stdout).toBe(expected);
    else expect(child.stdout).toMatch(expected);
  };
}
