/** What a key of the live store is about. */
export type ParsedKey =
  | { readonly kind: EntityKeyKind; readonly id: string }
  | { readonly kind: 'leader'; readonly service: string }
  | { readonly kind: 'epoch' | 'tick' | 'owner' };

export type EntityKeyKind =
  'instanceState' | 'instanceWorker' | 'workerState' | 'workerCapacity' | 'workerPorts';
export type KeyKind = ParsedKey['kind'];

/** Where the keys lie unless a setting says otherwise. */
export const DEFAULT_PREFIX = '/ccm';

const SERVICE_NAME = /^(?!instances$|workers$)[a-z][a-z0-9-]{0,30}$/;
const ENTITY_KINDS: Readonly<Record<string, EntityKeyKind>> = {
  'instances state': 'instanceState',
  'instances worker': 'instanceWorker',
  'workers state': 'workerState',
  'workers capacity': 'workerCapacity',
  'workers ports': 'workerPorts',
};
const SINGLE_KINDS: Readonly<Record<string, 'epoch' | 'tick' | 'owner'>> = {
  epoch: 'epoch',
  'control-plane/tick': 'tick',
  'control-plane/owner': 'owner',
};

/** True for the name a service may lead under: `^[a-z][a-z0-9-]{0,30}$`, not `instances` or `workers`. */
export function isServiceName(text: string): boolean {
  return SERVICE_NAME.test(text);
}

/**
 * Names of all keys below `prefix` (one or more `/segment`), and the way back from a name.
 * @throws TypeError for a prefix of another form
 */
export function liveKeys(prefix: string = DEFAULT_PREFIX) {
  if (!/^(\/[^/\s]+)+$/.test(prefix)) throw new TypeError(`not a key prefix: ${prefix}`);
  const root = `${prefix}/`;
  const entity = (group: string, part: string) => (id: string) => `${root}${group}/${id}/${part}`;

  function leader(service: string): string {
    if (!isServiceName(service)) throw new TypeError(`not a service name: ${service}`);
    return `${root}${service}/leader`;
  }

  /** Null for a key that is none of ours. */
  function parse(key: string): ParsedKey | null {
    if (!key.startsWith(root)) return null;
    const rest = key.slice(root.length);
    const single = SINGLE_KINDS[rest];
    if (single) return { kind: single };
    const [group, id, part, ...more] = rest.split('/');
    if (part === undefined && id === 'leader' && isServiceName(group as string)) {
      return { kind: 'leader', service: group as string };
    }
    const kind = ENTITY_KINDS[`${group} ${part}`];
    return kind && id && more.length === 0 ? { kind, id } : null;
  }

  return {
    /** Where all keys lie; ends in `/`. */
    root,
    instances: `${root}instances/`,
    workers: `${root}workers/`,
    instanceState: entity('instances', 'state'),
    instanceWorker: entity('instances', 'worker'),
    workerState: entity('workers', 'state'),
    workerCapacity: entity('workers', 'capacity'),
    workerPorts: entity('workers', 'ports'),
    leader,
    epoch: `${root}epoch`,
    tick: `${root}control-plane/tick`,
    owner: `${root}control-plane/owner`,
    parse,
  };
}

export type LiveKeys = ReturnType<typeof liveKeys>;

/**
 * The live feed keeps no values of claims: they are large, and only the latest ones matter. Both keys of a worker are
 * one group, since every claim writes both; null for other keys.
 */
export function claimGroups({ workers }: LiveKeys): (key: string) => string | null {
  return (key) => {
    const isClaims = key.endsWith('/capacity') || key.endsWith('/ports');
    return isClaims && key.startsWith(workers) ? key.slice(0, key.lastIndexOf('/')) : null;
  };
}
