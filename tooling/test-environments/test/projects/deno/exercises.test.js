import * as webson from 'webson';
import { exercises } from '../exercises.js';

// Deno fails a test that leaves a timer, a socket or anything else open.
for (const [name, exercise] of Object.entries(exercises)) {
  Deno.test({ name, sanitizeOps: true, sanitizeResources: true, fn: () => exercise(webson) });
}
