import type { Connection, Message } from 'webson';
import { MessageType } from 'webson';
import type { Item } from '../wire/reader.js';

const { Text, Binary, Close } = MessageType;

/** What an application sees, in the order it sees it. */
export type Witness = (item: Item) => void;

/** An echo as a user would write it: what comes goes back as it is sent by `dispatch`. */
export function echoAtOnce(connection: Connection, witness: Witness): void {
  connection.onMessage(Text, (message, adapter) => {
    witness(itemOf(message));
    adapter.dispatch(Text, message.text());
  });
  connection.onMessage(Binary, (message, adapter) => {
    witness(itemOf(message));
    adapter.dispatch(Binary, message.read());
  });
  connection.onMessage(Close, (message) => witness(itemOf(message)));
}

/** The same by a user who minds back-pressure: every handler is a promise. */
export function echoInTurn(connection: Connection, witness: Witness): void {
  const handle = async (message: Message): Promise<void> => {
    witness(itemOf(message));
    const content = message.type === Text ? message.text() : message.read();
    if (!connection.dispatch(message.type, content)) await connection.drained();
  };
  connection.onMessage(Text, handle).onMessage(Binary, handle);
  connection.onMessage(Close, (message) => witness(itemOf(message)));
}

function itemOf(message: Message): Item {
  return { type: message.type, payload: message.read() };
}
