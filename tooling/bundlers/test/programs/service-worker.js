import { exchange } from './exchange.js';
import { sha256 } from './sha256.js';

self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

// A service worker may be stopped while nothing waits for it: the work is what `waitUntil` is given.
self.addEventListener('message', (event) => {
  event.waitUntil(
    exchange(event.data, sha256)
      .catch((error) => String(error))
      .then((result) => event.source.postMessage(result)),
  );
});
