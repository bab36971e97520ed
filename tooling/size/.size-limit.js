import { readFileSync } from 'node:fs';

// What size-limit measures is in limits.json, with the platform of each bundle: which `exports` of the packages it takes.
const limits = JSON.parse(readFileSync(new URL('limits.json', import.meta.url), 'utf8'));

export default limits.map(({ platform = 'browser', ...limit }) => ({
  ...limit,
  modifyEsbuildConfig: (config) => ({ ...config, platform, format: 'esm' }),
}));
