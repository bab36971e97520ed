import { onTestFinished } from 'vitest';
import { V8_STACKS } from '../../src/application/stacks.js';
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
  const warn = (warning: Warning): void => void warnings.push(warning);
  return { platform: { stacks: V8_STACKS, warn } as Platform, warnings };
}
