import { checkOptions, listOf, type OptionKinds, STRING } from '@webson/connection/internal';

/** The name and the groups of a connection in a pool. */
export interface PoolNode {
  /** The name, unique in the pool; made up by default. */
  name?: string;
  /** The groups that the connection joins at once. */
  group?: string | readonly string[];
}

/** Options of `Pool.toGroup`. */
export interface ToGroupOptions {
  /** The names of the members that do not get the message. */
  except?: string | readonly string[];
}

const NAMES = listOf('', () => true);

const NODE_KINDS: OptionKinds<PoolNode> = {
  name: STRING,
  group: { expected: 'a string or a list of them', accepts: (value) => NAMES.accepts([value].flat()) },
};

const TO_GROUP_KINDS: OptionKinds<ToGroupOptions> = {
  except: { expected: 'a name or a list of them', accepts: (value) => NAMES.accepts([value].flat()) },
};

/** Checks what a connection is to be called. @throws ConfigError with the first member that is wrong. */
export function checkNode(node: PoolNode): void {
  checkOptions('node', node, NODE_KINDS);
}

/** The groups that a connection joins at once. */
export function groupsOf({ group = [] }: PoolNode): readonly string[] {
  return typeof group === 'string' ? [group] : group;
}

/** The names of the members that do not get a message; undefined for none. @throws ConfigError when they are none. */
export function exceptOf(options: ToGroupOptions): ReadonlySet<string> | undefined {
  checkOptions('options', options, TO_GROUP_KINDS);
  const { except } = options;
  return except === undefined ? undefined : new Set([except].flat());
}
