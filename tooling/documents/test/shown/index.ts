import type { Shown } from '../support/shown.js';
import { deployment } from './deployment.js';
import { frameworks } from './frameworks.js';
import { fromWs } from './from-ws.js';
import { origins } from './origins.js';
import { readmes } from './readmes.js';
import { testing } from './testing.js';

/** Every snippet of the repository. */
export const shown: readonly Shown[] = [...deployment, ...frameworks, ...fromWs, ...origins, ...readmes, ...testing];
