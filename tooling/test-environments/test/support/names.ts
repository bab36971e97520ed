/** The exercises of `projects/exercises.js`. */
export const EXERCISES: readonly string[] = [
  'every kind of payload comes back',
  'streams pass beside each other',
  'a connection is two web streams',
  'a heartbeat goes on, and finds who is silent',
  'a handshake has a deadline, a signal and an error',
  'a pool dials again',
  'a server drains',
];

/** The exercises of `projects/page-exercises.js`. */
export const PAGE_EXERCISES: readonly string[] = [
  'it is the build for pages',
  'plain messages pass',
  'streams pass beside each other, and pings',
  'a connection is two web streams',
  'a handshake has a signal and an error',
  'a pool dials again',
  'a stand-in for WebSocket is taken when it is dialled',
];

/** Names with something before each. */
export function prefixed(prefix: string, names: readonly string[]): string[] {
  return names.map((name) => `${prefix}${name}`);
}

/** What a report has to be: these tests have passed, and there are no others. */
export function passed(...names: readonly string[]): { passed: string[]; others: never[] } {
  return { passed: [...names].sort(), others: [] };
}
