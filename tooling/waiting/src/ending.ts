import type { Party } from './party.js';
import type { Plan } from './plan.js';
import type { Traffic } from './traffic.js';
import { nameOfParty, type World } from './world.js';

/** Reports what came that was not sent; without streams, what overtook another as well. */
export function checkTraffic({ protocol }: Plan, directions: readonly Traffic[]): void {
  for (const traffic of directions) traffic.check(!protocol.includes('streams'));
}

/** Reports of a connection that was closed, and not cut, what did not come and was not said to be unsent, and a bad end. */
export function checkEnding(parties: readonly Party[], directions: readonly Traffic[], world: World): void {
  for (const { index, info } of parties) {
    if (info === undefined) continue;
    const name = nameOfParty(index);
    if (!info.wasClean || info.error !== undefined) {
      world.fault(`${name} ended with ${info.code} ${info.reason}, not clean: ${String(info.error)}`);
    }
    const { missing } = directions[index]!;
    const unsent = info.unsent?.messages ?? 0;
    if (missing > unsent) {
      world.fault(`${missing} messages of the ${name} did not come, ${unsent} are said not to be sent`);
    }
  }
}
