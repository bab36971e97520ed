import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { printable } from '../../application/printable.js';
import { shownProtocol } from '../../application/protocol-names.js';
import { redacted } from '../../application/redacted.js';
import type { Connection } from '../../connection.js';
import type { HandshakeError } from '../../protocol/contract/errors.js';

// The requests of the sockets that are to be answered: who refuses one does not always have it at hand.
const requests = new WeakMap<Duplex, IncomingMessage>();

/** Remembers what a socket asks for. Only to be called while there is a trace. */
export function noteRequest(socket: Duplex, request: IncomingMessage): void {
  requests.set(socket, request);
}

type Trace = (event: string, about?: object) => void;

/** Writes that an upgrade was accepted: path, sub-protocol, extensions, where the client is. */
export function traceAccepted(
  trace: Trace,
  socket: Duplex,
  request: IncomingMessage,
  connection: Connection<unknown>,
): void {
  const extensions = Object.keys(connection.extensions).join(', ');
  const protocol = connection.protocol === '' ? 'no protocol' : `protocol ${shownProtocol(connection.protocol)}`;
  const what = `${protocol}, ${extensions === '' ? 'no extensions' : `extensions ${extensions}`}`;
  trace(`accepted ${targetOf(request)} ${clientOf(socket)}: ${what}`, connection);
}

/** Writes why an upgrade was refused, or that its client has left. */
export function traceRefusal(trace: Trace, socket: Duplex, error: HandshakeError): void {
  const request = requests.get(socket);
  const target = request === undefined ? '' : ` ${targetOf(request)}`;
  trace(
    `refused${target} ${clientOf(socket)}: ${error.status ?? 'no answer'} ${error.code}: ${printable(error.message)}`,
  );
}

function targetOf({ url = '' }: IncomingMessage): string {
  return printable(redacted(url));
}

function clientOf(socket: Duplex): string {
  const { remoteAddress, remotePort } = socket as { remoteAddress?: string; remotePort?: number };
  return remoteAddress === undefined ? 'of a client without an address' : `of ${remoteAddress} port ${remotePort}`;
}
