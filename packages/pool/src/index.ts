export { Pool, type PoolNode, type PoolOptions } from './pool.js';
