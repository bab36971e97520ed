import { maskPlan, measureMasks, renderMasks } from './mask.js';

process.stdout.write(renderMasks(maskPlan, measureMasks(maskPlan)));
