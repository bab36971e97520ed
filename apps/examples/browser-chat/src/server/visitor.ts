import { type Refusal, refuse, type UpgradeRequest } from 'webson';
import { isKey, nameProblem } from '../shared/protocol.js';

/** Who wants to come in, and what they have of the history. */
export interface Visitor {
  readonly name: string;
  /** Made by the page, and known to nobody else: the name is theirs as long as they are here. */
  readonly secret: string;
  /** The room of which they have all entries up to `since`; '' for none. */
  readonly room: string;
  readonly since: number;
}

/**
 * Reads who asks from the query of the URL: a page can send nothing else in a handshake. (Where it matters who somebody is, a
 * session cookie says so.)
 */
export function visitorOf({ url }: Pick<UpgradeRequest, 'url'>): Visitor | Refusal {
  const query = url.searchParams;
  const name = query.get('name') ?? '';
  const secret = query.get('secret') ?? '';
  const since = query.get('since') ?? '0';
  const problem = nameProblem(name);
  if (problem !== undefined) return refuse(400, { body: problem });
  if (!isKey(secret)) return refuse(400, { body: 'a secret has 8 to 36 letters, digits and _ -' });
  if (!/^\d{1,15}$/.test(since)) return refuse(400, { body: 'since is the number of an entry' });
  return { name, secret, room: query.get('room') ?? '', since: Number(since) };
}
