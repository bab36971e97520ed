import './page.js';

// For the tests, which call these by name.

globalThis.inWorker = (url) =>
  new Promise((resolve) => {
    const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => resolve(message);
    worker.postMessage(url);
  });

let port;
const heard = [];
const waiting = [];

globalThis.say = (url, text) => {
  port ??= open();
  port.postMessage({ url, text });
};

globalThis.hear = () => (heard.length > 0 ? heard.shift() : new Promise((resolve) => waiting.push(resolve)));

function open() {
  const shared = new SharedWorker(new URL('./shared-worker.js', import.meta.url), { type: 'module' });
  shared.port.onmessage = ({ data }) => {
    const waiter = waiting.shift();
    if (waiter === undefined) heard.push(data);
    else waiter(data);
  };
  return shared.port;
}
