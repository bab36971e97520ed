import { onTestFinished } from 'vitest';
import type { Platform, Warning } from '../../src/protocol/contract/platform.js';

/** The warnings of this process from now on until the test has finished. They come a tick after they were given. */
export function collectWarnings(): (Error & { code?: string; detail?: string })[] {
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on('warning', onWarning);
  onTestFinished(() => void process.off('warning', onWarning));
  return warnings;
}

/** A platform of which only the warnings matter, and what it was given. */
export function warningPlatform(): { platform: Platform; warnings: Warning[] } {
  const warnings: Warning[] = [];
  return { platform: { warn: (warning: Warning) => void warnings.push(warning) } as Platform, warnings };
}
