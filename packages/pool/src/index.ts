export type { PoolOptions, SlowConsumer } from './options.js';
export { Pool, type PoolNode, type ToGroupOptions, type Undelivered } from './pool.js';
export type { RedialEvent } from './redial.js';
