// In place of `src/time/run-time.ts`: the global timers as they are at the time of the call, so that a test can move the clock.
// `vi.mock('../src/time/run-time.js', () => import('./support/run-time.js'))` puts it there.

export const areRequestsApart = false;
export const readTime = (): number => performance.now();
export const setTimer = (action: () => void, delay: number): ReturnType<typeof setTimeout> => setTimeout(action, delay);
export const clearTimer = (timer: ReturnType<typeof setTimeout>): void => clearTimeout(timer);
export const inNextTurn = (action: () => void): void => void setImmediate(action);
export const letGo = (timer: ReturnType<typeof setTimeout>): void => void timer.unref();
