export { type Child, spawnChild } from './child.js';
export { type Example, exampleOf, type RunningServer } from './example.js';
export { type ExampleManners, testManners } from './manners.js';
