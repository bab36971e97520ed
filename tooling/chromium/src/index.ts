import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { type Browser, chromium } from 'playwright-core';

const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium';

const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts Chromium. Rejects when there is none: then every test is to fail, and none to be skipped. */
export async function launchChromium(args: readonly string[] = []): Promise<Browser> {
  await access(EXECUTABLE, constants.X_OK).catch((cause: unknown) => {
    throw new Error(
      `no Chromium at ${EXECUTABLE}: install it (Debian: apt-get install chromium) or set CHROMIUM to its path`,
      { cause },
    );
  });
  return chromium.launch({ executablePath: EXECUTABLE, args: [...ARGS, ...args] });
}
