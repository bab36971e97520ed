import { checkOptions, integer, type OptionKinds, STRING } from '@webson/connection/internal';

/** Options of `birpcChannel` and `capnwebTransport`: the same on both sides. */
export interface LaneOptions {
  /** The name of the channel that the messages go through; 'birpc' or 'capnweb' by default. One session has it at a time. */
  name?: string;
  /** Most bytes of one message in either direction, 65,536 to 2,147,483,647; 16 MiB by default. */
  maxMessageSize?: number;
  /** Most bytes that wait to be sent, 65,536 or more; 16 MiB by default. One message is always let in. */
  maxQueueSize?: number;
}

/** Options of `connectTransport`. */
export interface ConnectOptions {
  /** The name of the channels of calls, the same on both sides; 'connect' by default. */
  name?: string;
}

/** Options of `connectHandlers`. */
export interface ConnectHandlersOptions extends ConnectOptions {
  /** Most calls of the peer that run at a time, 1 or more; 1000 by default. Others fail with `ResourceExhausted`. */
  maxCalls?: number;
}

/** The least that the limits may be: messages of this length are not measured before they are encoded. */
const LEAST = 65_536;
/** Most bytes of a message: one bit of the length says what it is. */
export const MAX_LENGTH = 0x7fff_ffff;
const USUAL = 16 * 1024 * 1024;

const LANE_KINDS: OptionKinds<LaneOptions, 'name'> = {
  name: STRING,
  maxMessageSize: integer(USUAL, LEAST, MAX_LENGTH),
  maxQueueSize: integer(USUAL, LEAST),
};

const CONNECT_KINDS: OptionKinds<ConnectHandlersOptions, 'name'> = {
  name: STRING,
  maxCalls: integer(1000, 1),
};

/** @throws ConfigError with the first option that is wrong. */
export function checkLaneOptions(options: LaneOptions, name: string): Required<LaneOptions> {
  const checked = checkOptions('options', options, LANE_KINDS);
  return { ...checked, name: checked.name ?? name };
}

/** @throws ConfigError with the first option that is wrong. */
export function checkConnectOptions(options: ConnectHandlersOptions): Required<ConnectHandlersOptions> {
  const checked = checkOptions('options', options, CONNECT_KINDS);
  return { ...checked, name: checked.name ?? 'connect' };
}
