import { checkOptions, type DefaultedKind, type OptionKinds, STRING } from '@webson/connection/internal';

/** The name and the groups of a connection in a pool. */
export interface PoolNode {
  /** The name, unique in the pool; made up by default. */
  name?: string;
  /** The groups that the connection joins at once; none by default. */
  group?: string | readonly string[];
}

/** Options of `Pool.toGroup`. */
export interface ToGroupOptions {
  /** The names of the members that do not get the message; none by default. */
  except?: string | readonly string[];
}

/** One string or several. */
const NAMES: DefaultedKind = {
  expected: 'a string or a list of them',
  accepts: (value) => [value].flat().every((name) => typeof name === 'string'),
  take: (value: string | readonly string[]) => [value].flat(),
  default: [],
};

/** What each option may be, and its default. */
export const NODE_KINDS: OptionKinds<PoolNode, 'name'> = { name: STRING, group: NAMES };

/** What each option may be, and its default. */
export const TO_GROUP_KINDS: OptionKinds<ToGroupOptions> = { except: NAMES };

/** A {@link PoolNode} that was checked. */
export interface CheckedNode {
  readonly name: string | undefined;
  readonly groups: readonly string[];
}

/** Checks what a connection is to be called. @throws ConfigError with the first option that is wrong. */
export function checkNode(node: PoolNode): CheckedNode {
  const { name, group } = checkOptions('node', node, NODE_KINDS);
  return { name, groups: group as readonly string[] };
}

/** The names of the members that do not get a message. @throws ConfigError with the first option that is wrong. */
export function exceptOf(options: ToGroupOptions): ReadonlySet<string> {
  return new Set(checkOptions('options', options, TO_GROUP_KINDS).except);
}
