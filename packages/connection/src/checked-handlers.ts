import type { EventHandler } from './handlers.js';
import { isRecord, wrongOption } from './options/option-kinds.js';
import { Status } from './status.js';

const STATUSES: readonly unknown[] = Object.values(Status);

/** @throws ConfigError unless `action` is a function. */
export function checkAction(action: unknown): void {
  if (typeof action !== 'function') throw wrongOption('action', 'a function', action);
}

/** @throws ConfigError unless `status` is one that a connection can have. */
export function checkStatus(status: unknown): void {
  if (!STATUSES.includes(status)) throw wrongOption('status', 'one of Status', status);
}

/** @throws ConfigError unless `handler` is an object with a name, whose handlers are functions. It may have other properties. */
export function checkHandler(handler: EventHandler): void {
  if (!isRecord(handler)) throw wrongOption('handler', 'an object with a name', handler);
  const { name, onStatus, onMessage } = handler as EventHandler;
  if (typeof name !== 'string') throw wrongOption('handler.name', 'a string', name);
  for (const [key, action] of Object.entries({ onStatus, onMessage })) {
    if (action !== undefined && typeof action !== 'function') throw wrongOption(`handler.${key}`, 'a function', action);
  }
}
