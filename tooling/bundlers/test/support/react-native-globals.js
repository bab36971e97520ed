// Makes the globals of an empty realm those that React Native 0.86 has on Hermes, as far as a program with connections can see:
// what is missing there, or less than in a browser, is so here. It is evaluated in that realm; `native` is the way out of it, for
// texts, numbers and functions alone. What it imitates stands in the README.
(function setUp(native) {
  const here = globalThis;
  for (const name of ['SharedArrayBuffer', 'Atomics', 'WebAssembly', 'Iterator', 'FinalizationRegistry'])
    delete here[name];

  // Hermes has no Symbol.asyncIterator.
  const RealSymbol = Symbol;
  const names = Object.getOwnPropertyNames(RealSymbol).filter((name) => !/async|dispose|^(length|name)$/i.test(name));
  here.Symbol = Object.assign(
    (description) => RealSymbol(description),
    Object.fromEntries(names.map((name) => [name, RealSymbol[name]])),
  );

  here.window = here.self = here.global = here;
  here.process = { env: { NODE_ENV: 'production' } };
  here.navigator = { product: 'ReactNative' };
  here.console = Object.fromEntries(['log', 'info', 'warn', 'error', 'debug'].map((level) => [level, native.log]));
  here.setTimeout = (action, delay) => native.setTimeout(() => action(), Number(delay) || 0);
  here.clearTimeout = (id) => native.clearTimeout(Number(id) || 0);
  // These are of the microtasks there.
  here.queueMicrotask = (action) => void Promise.resolve().then(action);
  here.setImmediate = (action, ...args) => {
    here.queueMicrotask(() => action(...args));
    return 1;
  };
  here.clearImmediate = () => {};

  class Performance {
    now() {
      return native.now();
    }
  }
  here.performance = new Performance();

  here.TextEncoder = class TextEncoder {
    encode(text = '') {
      return fromBase64(native.encode(String(text)));
    }

    encodeInto(text, target) {
      const bytes = this.encode(text);
      if (bytes.length > target.length) throw new Error('not imitated: a target that is too short');
      target.set(bytes);
      return { read: text.length, written: bytes.length };
    }
  };
  here.TextDecoder = class TextDecoder {
    decode(bytes) {
      return native.decode(toBase64(bytes));
    }
  };

  const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const values = new Uint8Array(128).map((_, code) => Math.max(DIGITS.indexOf(String.fromCharCode(code)), 0));

  function toBase64(data) {
    const bytes = ArrayBuffer.isView(data)
      ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      : new Uint8Array(data);
    const texts = [];
    for (let at = 0; at < bytes.length; at += 3) {
      const [a, b = 0, c = 0] = bytes.subarray(at, at + 3);
      const word = (a << 16) | (b << 8) | c;
      texts.push(DIGITS[word >> 18] + DIGITS[(word >> 12) & 63] + DIGITS[(word >> 6) & 63] + DIGITS[word & 63]);
    }
    return texts.join('').slice(0, Math.ceil((bytes.length * 4) / 3));
  }

  function fromBase64(text) {
    const digits = text.replace(/=+$/, '');
    const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4));
    for (let at = 0, to = 0; at < digits.length; at += 4) {
      let word = 0;
      for (let i = 0; i < 4; i++) word = (word << 6) | (values[digits.charCodeAt(at + i)] ?? 0);
      for (let shift = 16; shift >= 0 && to < bytes.length; shift -= 8) bytes[to++] = (word >> shift) & 255;
    }
    return bytes;
  }

  // It can be read only, refuses nothing, and knows no user where the scheme is not that of HTTP.
  here.URL = class URL {
    #url;

    constructor(url, base) {
      this.#url =
        base === undefined ? String(url) : `${String(base).replace(/\/$/, '')}/${String(url).replace(/^\//, '')}`;
      if (/^[a-z]+:\/\/[^/?#]+$/i.test(this.#url)) this.#url += '/';
    }

    get href() {
      return this.#url;
    }

    get protocol() {
      return /^[a-z][a-z\d+\-.]*:/i.exec(this.#url)?.[0] ?? '';
    }

    get hash() {
      return /#[^/]*/.exec(this.#url)?.[0] ?? '';
    }

    get username() {
      return /^https?:\/\/([^:@]+)(?::[^@]*)?@/.exec(this.#url)?.[1] ?? '';
    }

    get password() {
      return /https?:\/\/.*:(.*)@/.exec(this.#url)?.[1] ?? '';
    }

    toString() {
      return this.#url;
    }
  };

  class Target {
    #listeners = new Map();

    addEventListener(type, listener) {
      this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
    }

    removeEventListener(type, listener) {
      this.#listeners.set(
        type,
        (this.#listeners.get(type) ?? []).filter((one) => one !== listener),
      );
    }

    tell(type, event) {
      for (const listener of this.#listeners.get(type) ?? []) listener.call(this, { type, ...event });
    }
  }

  here.AbortSignal = class AbortSignal extends Target {
    aborted = false;
    reason = undefined;
  };
  here.AbortController = class AbortController {
    signal = new AbortSignal();

    abort(reason = new Error('signal is aborted without reason')) {
      if (this.signal.aborted) return;
      Object.assign(this.signal, { aborted: true, reason });
      this.signal.tell('abort', {});
    }
  };

  // It does not tell how much is buffered, nor what was clean; its bytes go through base64.
  here.WebSocket = class WebSocket extends Target {
    static OPEN = 1;
    readyState = 0;
    bufferedAmount = undefined;
    protocol = undefined;
    binaryType = undefined;
    #socket;

    constructor(url, protocols) {
      super();
      this.#socket = native.connect(String(url), JSON.stringify(protocols ?? []), {
        open: (protocol) => {
          this.readyState = 1;
          this.protocol = protocol;
          this.tell('open', {});
        },
        text: (data) => this.tell('message', { data }),
        binary: (data) => this.tell('message', { data: fromBase64(data).buffer }),
        closed: (code, reason) => {
          this.readyState = 3;
          this.tell('close', { code, reason, wasClean: false });
        },
        failed: (reason) => {
          this.readyState = 3;
          this.tell('error', { message: reason });
          this.tell('close', { code: 1006, reason, wasClean: false });
        },
      });
    }

    send(data) {
      if (this.readyState === 0) throw new Error('INVALID_STATE_ERR');
      if (typeof data === 'string') this.#socket.sendText(data);
      else if (data instanceof ArrayBuffer || ArrayBuffer.isView(data)) this.#socket.sendBinary(toBase64(data));
      else throw new Error('Unsupported data type');
    }

    close(code = 1000, reason = '') {
      if (this.readyState >= 2) return;
      this.readyState = 2;
      this.#socket.close(code, reason);
    }
  };

  here.digest = async (bytes) => native.digest(toBase64(bytes));
})(globalThis.native);
