export type { RedialAdapter } from './first-dial.js';
export type { PoolNode, ToGroupOptions } from './node.js';
export type { PoolOptions, SlowConsumer } from './options.js';
export { Pool, type Undelivered } from './pool.js';
export type { RedialEvent } from './redial.js';
export type { DialTarget, DialTargetSource } from './target.js';
