export { createProject, packAll, packageNames, root, temporaryFolder, writeTo } from './project.js';
export { type Outcome, run, runWell } from './run.js';
export { compilerOf, type NodeVersion, nodes, nodeTypesOf } from './versions.js';
