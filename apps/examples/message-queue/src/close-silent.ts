import { type Pool, Status } from 'webson';

/** RFC 6455 §7.4.2 leaves it to the registry: 3008, timeout. */
const TIMEOUT = 3008;

/** Closes connections whose peers do not answer pings: they are gone, whatever TCP says. A client is dialled again then. */
export function closeSilent(pool: Pool): void {
  pool.onStatus((status, connection) => {
    if (status === Status.Timeout) connection.close(TIMEOUT, 'no pong');
  });
}
