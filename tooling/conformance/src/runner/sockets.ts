import type { CloseInfo } from 'webson';
import type { Case, Role } from '../case.js';
import type { Item } from '../wire/reader.js';
import { echoInTurn } from './echo.js';
import { Ledger } from './ledger.js';
import type { Outcome } from './memory.js';
import { compile, type Script } from './script.js';
import { openSession, type Session } from './session.js';

/** Whatever has not happened by then will not happen. */
const PATIENCE = 20_000;
/** A client that ended its side of TCP before the server did would have done so by now. */
const MOMENT = 5;

/** Runs a case once over TCP, against an endpoint made by `serve` or `dial`. */
export async function runOnSockets(testCase: Case, role: Role): Promise<Outcome> {
  const script = compile(testCase, role);
  const ledger = new Ledger(script);
  let fault: Error | undefined;
  let session: Session | undefined;
  const witness = (item: Item): void => {
    try {
      ledger.delivered(item);
    } catch (error) {
      fault ??= error as Error;
    }
    session?.peer.changed();
  };
  try {
    session = await openSession(role, {
      options: testCase.options,
      setup: (connection) => echoInTurn(connection, witness),
      onItem: (item) => ledger.sent(item),
    });
    await play(session, script, ledger, testCase.chop);
    const info = await finish(session, role, script, ledger);
    if (fault !== undefined) throw fault;
    ledger.check();
    ledger.checkInfo(info);
    return { executions: 1 };
  } catch (error) {
    return { executions: 1, failure: `${role}, on sockets: ${(fault ?? (error as Error)).message}` };
  } finally {
    await session?.stop();
  }
}

async function play(session: Session, { bytes, parts }: Script, ledger: Ledger, chop?: number): Promise<void> {
  for (const part of parts) {
    switch (part.kind) {
      case 'bytes':
        ledger.fed = part.to;
        await write(session, bytes.subarray(part.from, part.to), chop);
        if (part.waits) await settled(session, ledger);
        break;
      case 'close':
        ledger.closes++;
        session.connection.close(part.code, part.reason);
        await settled(session, ledger);
        break;
      case 'end':
        session.peer.socket.end();
    }
  }
}

async function write(session: Session, bytes: Uint8Array, chop = Number.POSITIVE_INFINITY): Promise<void> {
  const { socket } = session.peer;
  for (let at = 0; at < bytes.length; at += chop) {
    const isTaken = socket.write(bytes.subarray(at, Math.min(at + chop, bytes.length)));
    if (!isTaken && chop < bytes.length) await new Promise((resolve) => socket.once('drain', resolve));
  }
}

function settled({ peer }: Session, ledger: Ledger): Promise<void> {
  return peer.until(
    () => ledger.isSettled,
    () => `all reactions, after ${ledger.fed} bytes`,
    PATIENCE,
  );
}

async function finish(session: Session, role: Role, { ending }: Script, ledger: Ledger): Promise<CloseInfo> {
  const { peer, info } = session;
  if (ending.kind === 'closed' && role === 'client' && !peer.socket.writableEnded) {
    // RFC 6455 §7.1.1: the server ends TCP first, which is us here.
    await settled(session, ledger);
    await new Promise((resolve) => setTimeout(resolve, MOMENT));
    if (peer.isEnded) throw new Error('a client ended TCP before the server did');
    peer.socket.end();
  }
  await peer.until(
    () => peer.isEnded,
    () => 'the end of TCP',
    PATIENCE,
  );
  if (!peer.socket.writableEnded) peer.socket.end();
  await peer.until(
    () => peer.socket.destroyed,
    () => 'the end of the socket',
    PATIENCE,
  );
  return info;
}
