import { test } from 'vitest';
import { deployment, PROXIES, trials } from './shown/deployment.js';
import { runAll } from './support/run-all.js';

runAll(deployment);

test.each(PROXIES)('$name cuts a connection on which nothing happens', trials.cutsTheIdle);

test('HAProxy: a server is replaced without a loss', () => trials.losesNothing(PROXIES[1], 'SIGTERM'));

test.each(PROXIES)('$name: a server that is killed takes nothing with it that was not answered', (proxy) =>
  trials.losesNothing(proxy, 'SIGKILL'),
);

test.each(PROXIES)('$name: a server that is drained handles all that was sent to it', trials.handlesWhatWasSent);
