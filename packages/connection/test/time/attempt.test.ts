import { getEventListeners, once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { Attempt } from '../../src/time/attempt.js';
import { cleanUp, expectNothingLeft, rejection, socketPair } from '../node/harness.js';
import { turns } from '../support/turns.js';

const never = new Promise<never>(() => {});

describe('Attempt', () => {
  expectNothingLeft();
  const onTimeout = (): Error => new Error('late');

  it('passes on what a step comes to', async () => {
    const attempt = new Attempt({ timeout: 60_000, onTimeout });
    expect(await attempt.wait(Promise.resolve(1))).toBe(1);
    expect(await attempt.wait(2)).toBe(2);
    const error = new Error('step');
    expect(await rejection(attempt.wait(Promise.reject(error)))).toBe(error);
    expect(attempt.isOver).toBe(false);
    attempt.stop();
    expect(attempt.isOver).toBe(true);
  });

  it('ends every wait with the first failure', async () => {
    const attempt = new Attempt({ timeout: 60_000, onTimeout });
    const waits = [attempt.wait(never), attempt.wait(never)];
    const error = new Error('first');
    attempt.fail(error);
    attempt.fail(new Error('second'));
    for (const wait of [...waits, attempt.wait(never)]) expect(await rejection(wait)).toBe(error);
    attempt.stop();
  });

  it('ends at its deadline', async () => {
    const attempt = new Attempt({ timeout: 1, onTimeout });
    expect((await rejection(attempt.wait(never))).message).toBe('late');
    attempt.stop();
  });

  it('counts what lies unread at its deadline: the process may have been busy', async () => {
    const [left, right, server] = await socketPair();
    cleanUp(() => {
      left.destroy();
      right.destroy();
      server.close();
    });
    const attempt = new Attempt({ timeout: 5, onTimeout });
    left.write('in time');
    const come = attempt.wait(once(right, 'data'));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    expect(String(await come)).toBe('in time');
    attempt.stop();
  });

  it('ends with the reason of its signal, aborted before or meanwhile', async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    const early = new Attempt({ timeout: 60_000, onTimeout, signal: controller.signal });
    const mapped = new Attempt({
      timeout: 60_000,
      onTimeout,
      signal: controller.signal,
      onAbort: (given) => new Error('mapped', { cause: given }),
    });
    const wait = early.wait(never);
    controller.abort(reason);
    const late = new Attempt({ timeout: 60_000, onTimeout, signal: controller.signal });
    expect(await rejection(wait)).toBe(reason);
    expect(await rejection(late.wait(never))).toBe(reason);
    expect(await rejection(mapped.wait(never))).toMatchObject({ message: 'mapped', cause: reason });
    for (const attempt of [early, late, mapped]) attempt.stop();
  });

  it('does not fail after it was stopped, nor when nobody waits', async () => {
    const controller = new AbortController();
    const stopped = new Attempt({ timeout: 1, onTimeout, signal: controller.signal });
    const wait = stopped.wait(never);
    let isSettled = false;
    wait.then(
      () => (isSettled = true),
      () => (isSettled = true),
    );
    stopped.stop();
    const alone = new Attempt({ timeout: 60_000, onTimeout, signal: controller.signal });
    controller.abort();
    alone.stop();
    await turns(3);
    expect(isSettled).toBe(false);
  });

  it('shares a signal with any number of others without a warning', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    const { signal } = new AbortController();
    const attempts = Array.from({ length: 50 }, () => new Attempt({ timeout: 60_000, onTimeout, signal }));
    await turns(3);
    for (const attempt of attempts) attempt.stop();
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });
});
