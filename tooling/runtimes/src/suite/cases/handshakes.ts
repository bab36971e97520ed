import { dial, MessageType } from 'webson';
import type { Case } from '../case.js';
import { certificate } from '../certificate.js';
import { holds, rejects, same } from '../claim.js';
import { bytesOf, digestOf } from '../content.js';
import { exchange } from '../raw-client.js';
import type { StandOptions } from '../stand.js';
import { Talk } from '../talk.js';

type DialOptions = NonNullable<Parameters<typeof dial>[1]>;

function reaching(name: string, stand: StandOptions, options: DialOptions, check?: (url: string) => void): Case {
  return {
    name,
    async run(stage) {
      const { url } = await stage.open('echo', stand);
      check?.(url);
      const talk = await Talk.begin(await dial(url, options));
      const bytes = bytesOf(1, 300_000);
      talk.ws.dispatch(MessageType.Text, 'hello');
      talk.ws.dispatch(MessageType.Binary, bytes);
      same('a text', await talk.text(), 'hello');
      same('bytes', digestOf((await talk.next()).read()), digestOf(bytes));
      same('the end', (await talk.close()).code, 1000);
    },
  };
}

const magicKey = 'not the GUID';
const privateMask = bytesOf(9, 32);

/** What only a client with a socket of its own can do at the beginning. */
export const handshakes: readonly Case[] = [
  reaching('TLS, with a certificate of one’s own', { tls: true }, { tls: { ca: certificate } }, (url) => {
    holds('it is a secure one', url.startsWith('wss://'));
  }),
  reaching('a unix socket', { isLocal: true }, {}, (url) => holds('it is a local one', url.startsWith('ws+unix:'))),
  reaching('IPv6', { host: '::1' }, {}, (url) => holds('it is IPv6', url.startsWith('ws://[::1]:'))),
  reaching('without direct sockets', { serve: { directSockets: false } }, { directSockets: false }),
  reaching(
    'magic key and private mask',
    { privateMask: [...privateMask], serve: { magicKey, alwaysMask: true } },
    { magicKey, privateMask, alwaysMask: true },
  ),
  {
    name: 'another magic key is an error',
    async run(stage) {
      const { url } = await stage.open('echo');
      await rejects('the attempt', dial(url, { magicKey }), 'BAD_ACCEPT');
    },
  },
  {
    name: 'a certificate that is not trusted is an error that says so',
    async run(stage) {
      const { url } = await stage.open('echo', { tls: true });
      const error = await rejects('the attempt', dial(url), 'CONNECT_FAILED');
      holds(`it says what to do: ${error.message}`, error.message.includes('tls: { ca }'));
    },
  },
  {
    name: 'ws: where TLS is spoken, and wss: where it is not',
    async run(stage) {
      const secure = await stage.open('echo', { tls: true });
      const plain = await stage.open('echo');
      const tried = [secure.url.replace('wss:', 'ws:'), plain.url.replace('ws:', 'wss:')];
      for (const url of tried) {
        const error = await dial(url).then(
          () => undefined,
          (reason: unknown) => reason as Error,
        );
        same(`dialling ${url.slice(0, 4)}`, error?.name, 'HandshakeError');
      }
    },
  },
  {
    name: 'fields of the request',
    async run(stage) {
      const { url } = await stage.open('fields');
      const talk = await Talk.begin(await dial(url, { extraHeaders: { 'X-Suite': 'seen' } }));
      same('the server', JSON.parse(await talk.text())[0], 'seen');
      await talk.close();
    },
  },
  {
    name: 'who is refused gets the status, the fields and the body',
    async run(stage) {
      const stand = await stage.open('guarded');
      const error = await rejects('the attempt', dial(stand.url), 'BAD_STATUS');
      same('the status', error.status, 401);
      same('the field', error.headers?.get('x-why'), 'no name');
      same('the body', new TextDecoder().decode(error.body), 'who are you?');
      const talk = await Talk.begin(await dial(stand.url.replace('://', '://ada:secret@')));
      await talk.close();
      const { notes, errors } = await stand.close();
      same('the data', notes, [`Basic ${btoa('ada:secret')}`]);
      same('what the server was told', errors, ['REFUSED']);
    },
  },
  {
    name: 'redirects are errors that say where to',
    async run(stage) {
      const { url } = await stage.open('redirecting');
      const error = await rejects('the attempt', dial(url), 'BAD_STATUS');
      same('the status', error.status, 302);
      same('where to', error.headers?.get('location'), 'ws://elsewhere.test/');
    },
  },
  {
    name: 'attached to an HTTP server, beside pages and other upgrades',
    async run(stage) {
      const stand = await stage.open('attached');
      for (const [path, expected] of [
        ['echo', 'hello'],
        ['shout', 'HELLO'],
      ] as const) {
        const talk = await Talk.begin(await dial(`${stand.url}${path}`));
        talk.ws.dispatch(MessageType.Text, 'hello');
        same(`at ${path}`, await talk.text(), expected);
        await talk.close();
      }
      const head = `Host: 127.0.0.1:${stand.port}\r\n`;
      const page = await exchange(stand.port, `GET / HTTP/1.1\r\n${head}Connection: close\r\n\r\n`);
      holds(`a page: ${page}`, page.startsWith('HTTP/1.1 200') && page.endsWith('a page'));
      const upgrade = `${head}Connection: Upgrade\r\nUpgrade: websocket\r\n`;
      const own = await exchange(stand.port, `GET /own HTTP/1.1\r\n${upgrade}\r\n`);
      holds(`an upgrade of its own: ${own}`, own.startsWith('HTTP/1.1 418'));
      same('what the server was told', (await stand.close()).errors, []);
    },
  },
  {
    name: 'upgrades taken over one by one',
    async run(stage) {
      const stand = await stage.open('taken');
      const talk = await Talk.begin(await dial(stand.url));
      const bytes = bytesOf(1, 300_000);
      talk.ws.dispatch(MessageType.Binary, bytes);
      same('bytes', digestOf((await talk.next()).read()), digestOf(bytes));
      same('the end', (await talk.close()).code, 1000);
      const answer = await exchange(
        stand.port,
        `GET / HTTP/1.1\r\nHost: 127.0.0.1:${stand.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
      );
      holds(`a request without a key: ${answer}`, answer.startsWith('HTTP/1.1 426'));
    },
  },
  {
    name: 'a page, and then an upgrade, on one connection',
    async run(stage) {
      const { port } = await stage.open('attached');
      const page = `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`;
      const upgrade = page
        .replace('/ ', '/own ')
        .replace('\r\n\r\n', '\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
      const answer = await exchange(port, page, (text) => (text.endsWith('a page') ? upgrade : undefined));
      holds(`the answers: ${answer}`, /^HTTP\/1.1 200[\s\S]*a pageHTTP\/1.1 418/.test(answer));
    },
  },
  {
    name: 'who does not finish a request is sent away in time',
    async run(stage) {
      const { port } = await stage.open('echo', { serve: { timeout: { handshake: 300 } } });
      const answer = await exchange(port, 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n');
      holds(`the answer: ${answer}`, answer === '' || answer.startsWith('HTTP/1.1 408'));
      const said = await exchange(port, '');
      holds(`the answer to nothing: ${said}`, said === '' || said.startsWith('HTTP/1.1 408'));
    },
  },
  {
    name: 'a request with too large a head is refused',
    async run(stage) {
      const { port } = await stage.open('echo');
      const fields = Array.from({ length: 40 }, (_, index) => `X-${index}: ${'x'.repeat(1000)}`).join('\r\n');
      const answer = await exchange(port, `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${fields}\r\n\r\n`);
      holds(`the answer: ${answer}`, answer === '' || answer.startsWith('HTTP/1.1 431'));
    },
  },
  {
    name: 'who speaks no HTTP is sent away',
    async run(stage) {
      const { port } = await stage.open('echo');
      const answer = await exchange(port, '220 mail\r\n\r\n');
      holds(`the answer: ${answer}`, answer === '' || answer.startsWith('HTTP/1.1 4'));
      const page = await exchange(port, `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
      holds(`a page: ${page}`, page.startsWith('HTTP/1.1 426'));
    },
  },
];
