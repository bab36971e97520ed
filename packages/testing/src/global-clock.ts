import type { Clock } from './fake-clock.js';

/**
 * A clock that consists of whatever `performance.now`, `setTimeout` and `clearTimeout` are in place when a timer is set. Given to
 * `useClock` of `@webson/connection/internal` while a test runner has fake timers in place, it makes those move heartbeat, deadlines
 * and redial, too: `vi.advanceTimersByTimeAsync(1000)`, for example.
 *
 * A timer that is set on fake timers is lost when these are removed: give the clock back before, and when connections have ended.
 */
export const globalClock: Clock = {
  now: () => performance.now(),
  setTimer(action, delay) {
    const { clearTimeout } = globalThis;
    const timer = setTimeout(action, delay);
    return { close: () => clearTimeout(timer) };
  },
};
