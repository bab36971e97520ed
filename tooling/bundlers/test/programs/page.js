import { exchange } from './exchange.js';
import { sha256 } from './sha256.js';

// For the test, which calls it by name.
globalThis.inPage = (url) => exchange(url, sha256);
