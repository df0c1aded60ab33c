import type { Schema, SchemaType } from 'mongoose';

/** Says what is wrong with the fields of a document, in words that name the field. */
export interface FieldCheck {
  /** All fields of a document: unknown ones are faults, and missing ones that are required. */
  whole(fields: object): string[];
  /** Some top-level fields of a document. */
  part(fields: object): string[];
}

type ValueCheck = (value: unknown, path: string, faults: string[]) => void;

/** What mongoose keeps of a path beside its declared types. */
type Path = SchemaType & {
  readonly embeddedSchemaType?: Path;
  readonly schema?: Schema;
  readonly $__schemaType?: Path;
};

/**
 * A check made once from a mongoose schema. Mongoose's own validation casts, fills in defaults and builds
 * a document (0.2 ms and more each); this one takes values as they are, so that what is stored is what was given.
 * @throws TypeError when the schema has a type that JSON has not
 */
export function documentCheck(schema: Schema): FieldCheck {
  const { fields, required } = compile(schema);
  const part = (given: object): string[] => {
    const faults: string[] = [];
    checkFields(given, '', fields, faults);
    return faults;
  };
  return {
    part,
    whole: (given) => [...missing(given, required, ''), ...part(given)],
  };
}

function compile(schema: Schema): { fields: Map<string, ValueCheck>; required: string[] } {
  const fields = new Map<string, ValueCheck>();
  const required: string[] = [];
  for (const [name, path] of Object.entries(schema.paths) as [string, Path][]) {
    if (name === '_id' || name.includes('$*')) continue;
    if (name.includes('.')) throw new TypeError(`${name}: a nested object needs a class of its own`);
    fields.set(name, valueCheck(name, path));
    if (isRequired(path)) required.push(name);
  }
  return { fields, required };
}

/** typegoose hands `required` of a list of plain objects on to its elements. */
function isRequired(path: Path): boolean {
  return path.isRequired === true || path.embeddedSchemaType?.isRequired === true;
}

function valueCheck(name: string, path: Path): ValueCheck {
  const typed = typeCheck(name, path);
  const required = isRequired(path);
  const rules = path.validators.filter((rule) => rule.type !== 'required');
  return (value, at, faults) => {
    if (value === undefined) return;
    if (value === null) {
      if (required) faults.push(`${at} is required`);
      return;
    }
    typed(value, at, faults);
    for (const rule of rules) {
      const passes = rule.validator as (value: unknown) => unknown;
      if (!passes(value)) faults.push(`${at} breaks its rule ${rule.type ?? ''}`);
    }
  };
}

function typeCheck(name: string, path: Path): ValueCheck {
  switch (path.instance) {
    case 'String':
    case 'Boolean':
      return (value, at, faults) => {
        if (typeof value !== path.instance.toLowerCase()) faults.push(`${at} must be a ${path.instance}`);
      };
    case 'Number':
      return (value, at, faults) => {
        if (!Number.isFinite(value)) faults.push(`${at} must be a finite Number`);
      };
    case 'Mixed':
      return checkPlain;
    case 'Embedded':
      return objectCheck(path);
    case 'Array':
      return listCheck(name, path);
    case 'Map':
      return mapCheck(name, path);
    default:
      throw new TypeError(`${name}: ${path.instance} cannot be stored; times are ISO text`);
  }
}

function objectCheck(path: Path): ValueCheck {
  const { fields, required } = compile(path.schema as Schema);
  return (value, at, faults) => {
    if (!isPlainObject(value)) return void faults.push(`${at} must be a plain object`);
    faults.push(...missing(value, required, `${at}.`));
    checkFields(value, `${at}.`, fields, faults);
  };
}

function listCheck(name: string, path: Path): ValueCheck {
  const element = path.embeddedSchemaType as Path;
  const each = path.schema ? objectCheck(path) : valueCheck(name, element);
  return (value, at, faults) => {
    if (!Array.isArray(value)) return void faults.push(`${at} must be a list`);
    value.forEach((item, index) => {
      if (item === undefined) faults.push(`${at}.${index} is undefined`);
      else each(item, `${at}.${index}`, faults);
    });
  };
}

function mapCheck(name: string, path: Path): ValueCheck {
  const each = valueCheck(name, path.$__schemaType as Path);
  return (value, at, faults) => {
    if (!isPlainObject(value)) return void faults.push(`${at} must be a plain object`);
    for (const [key, item] of Object.entries(value)) {
      checkKey(key, at, faults);
      each(item, `${at}.${key}`, faults);
    }
  };
}

function checkFields(
  given: object,
  prefix: string,
  fields: ReadonlyMap<string, ValueCheck>,
  faults: string[],
): void {
  for (const [name, value] of Object.entries(given)) {
    const check = fields.get(name);
    if (check) check(value, `${prefix}${name}`, faults);
    else if (value !== undefined) faults.push(`${prefix}${name} is unknown`);
  }
}

function missing(given: object, required: readonly string[], prefix: string): string[] {
  return required
    .filter((name) => (given as Record<string, unknown>)[name] === undefined)
    .map((name) => `${prefix}${name} is required`);
}

/** Faults for whatever would not come back equal from JSON text and from BSON. */
function checkPlain(value: unknown, at: string, faults: string[]): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) faults.push(`${at} must be finite`);
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => checkPlain(item, `${at}.${index}`, faults));
  } else if (isPlainObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      checkKey(key, at, faults);
      if (item !== undefined) checkPlain(item, `${at}.${key}`, faults);
    }
  } else {
    faults.push(`${at} must be plain data`);
  }
}

/** MongoDB takes dots and leading dollar signs in names for paths and operators, its driver one name for a type. */
function checkKey(key: string, at: string, faults: string[]): void {
  if (key.startsWith('$') || key.includes('.') || key.includes('\0') || key === '_bsontype') {
    faults.push(`${at}: the name ${JSON.stringify(key)} cannot be stored`);
  }
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
