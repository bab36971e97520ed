import { randomUUID } from 'node:crypto';

const USERS: ReadonlyMap<string, string> = new Map([
  ['ada', 'lovelace'],
  ['bob', 'kahn'],
]);

/** The user whom the header field `Authorization` names (Basic, RFC 7617): for requests and for upgrades. */
export function userOf(authorization: string | undefined): string | undefined {
  const [, encoded = ''] = /^Basic (.+)$/.exec(authorization ?? '') ?? [];
  const [name = '', password] = Buffer.from(encoded, 'base64').toString().split(':', 2);
  return password !== undefined && USERS.get(name) === password ? name : undefined;
}

/** How long a ticket is good for, in ms. */
const LIFETIME = 10_000;
const MAX_TICKETS = 10_000;

/**
 * Tickets for pages, which cannot send `Authorization` with an upgrade: a page fetches one, and shows it in the query. There it may
 * get into logs, so it is good once, and for seconds.
 */
export class Tickets {
  readonly #tickets = new Map<string, { user: string; until: number }>();

  issue(user: string): string {
    // They expire in the order in which they were issued; more than so many at a time are not kept.
    for (const [ticket, { until }] of this.#tickets) {
      if (until > Date.now() && this.#tickets.size < MAX_TICKETS) break;
      this.#tickets.delete(ticket);
    }
    const ticket = randomUUID();
    this.#tickets.set(ticket, { user, until: Date.now() + LIFETIME });
    return ticket;
  }

  /** The user to whom it was issued; undefined when it is none, or none any more. */
  take(ticket: string | null): string | undefined {
    const found = this.#tickets.get(ticket ?? '');
    this.#tickets.delete(ticket ?? '');
    return found !== undefined && found.until > Date.now() ? found.user : undefined;
  }
}
