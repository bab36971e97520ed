// Runs in the browser: the page of browser.test.ts, which calls what is handed out at the end by name.

let socket;
let closed;
const messages = [];
const waiting = [];

/** Resolves when the socket is open, or has failed. */
function connect(url, protocols = [], binaryType = 'arraybuffer') {
  socket = new WebSocket(url, protocols);
  socket.binaryType = binaryType;
  socket.onmessage = ({ data }) => {
    const waiter = waiting.shift();
    if (waiter === undefined) messages.push(data);
    else waiter(data);
  };
  closed = new Promise((resolve) => {
    socket.onclose = ({ code, reason, wasClean }) => resolve({ code, reason, wasClean });
  });
  const opened = new Promise((resolve) => {
    socket.onopen = () => resolve({ isOpen: true, protocol: socket.protocol, extensions: socket.extensions });
  });
  return Promise.race([opened, closed.then((info) => ({ isOpen: false, ...info }))]);
}

function sendText(text) {
  socket.send(text);
}

function sendBytes(base64, kind) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  socket.send(kind === 'Blob' ? new Blob([bytes]) : kind === 'ArrayBuffer' ? bytes.buffer : bytes);
}

/** The next message: what it is, and its text or its bytes in base64. */
async function receive() {
  const data = messages.length > 0 ? messages.shift() : await new Promise((resolve) => waiting.push(resolve));
  if (typeof data === 'string') return { kind: 'string', value: data };
  const kind = data.constructor.name;
  const bytes = new Uint8Array(await new Blob([data]).arrayBuffer());
  let value = '';
  for (let at = 0; at < bytes.length; at += 30_000)
    value += btoa(String.fromCharCode(...bytes.subarray(at, at + 30_000)));
  return { kind, value };
}

/** From now on every message goes back as it came. */
function echo() {
  socket.onmessage = ({ data }) => socket.send(data);
}

/** Sends `count` messages in one turn, text and binary in turn, and returns as texts what comes back. */
async function burst(count) {
  for (let index = 0; index < count; index++) {
    socket.send(index % 2 === 0 ? `é ${index}` : new TextEncoder().encode(`é ${index}`));
  }
  const texts = [];
  for (let index = 0; index < count; index++) {
    const { kind, value } = await receive();
    const text =
      kind === 'string' ? value : new TextDecoder().decode(Uint8Array.from(atob(value), (c) => c.charCodeAt(0)));
    texts.push(`${kind} ${text}`);
  }
  return texts;
}

function close(...args) {
  socket.close(...args);
  return closed;
}

function closing() {
  return closed;
}

Object.assign(globalThis, { page: { connect, sendText, sendBytes, receive, echo, burst, close, closing } });
