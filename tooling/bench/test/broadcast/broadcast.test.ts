import { expect, it } from 'vitest';
import { runBench } from '../command.js';

it('measures broadcasts of both on real processes', async () => {
  const { stdout } = await runBench(['broadcast', '--connections', '20', '--rounds', '2', '--seconds', '0.05']);
  expect(stdout.match(/^ ?\d+ at once {2}(ws|webson) .* deliveries\/s .* ratio /gm)).toHaveLength(4);
});
