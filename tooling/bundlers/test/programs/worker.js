import { exchange } from './exchange.js';
import { sha256 } from './sha256.js';

self.onmessage = async ({ data }) => {
  self.postMessage(await exchange(data, sha256).catch((error) => String(error)));
};
