import { CriticalityLevel, diff } from '@graphql-inspector/core';
import {
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';

/** What differs between two schemas, and whether it breaks who uses the older one. */
export async function compareSchemas(
  released: GraphQLSchema,
  schema: GraphQLSchema,
): Promise<{ breaking: string[]; others: string[] }> {
  const changes = await diff(released, schema);
  const told = (breaks: boolean) =>
    changes
      .filter(({ criticality: { level } }) => (level === CriticalityLevel.Breaking) === breaks)
      .map(({ message }) => message);
  return { breaking: told(true), others: told(false) };
}

/** `Use \`replacement\` instead. Goes away on 2027-06-30.`; the name and a day that exists. */
const REASON = /`\w+[\w.()]*`.*\b(\d{4}-\d{2}-\d{2})\b/s;

/** What is deprecated without saying what to use in its place, and until when it is there. */
export function deprecationFaults(schema: GraphQLSchema): string[] {
  return Object.values(schema.getTypeMap())
    .filter(({ name }) => !name.startsWith('__'))
    .flatMap(deprecatedIn)
    .filter(([, reason]) => !isFull(reason))
    .map(
      ([place, reason]) => `${place} is deprecated without a replacement in backticks and a date: ${reason}`,
    );
}

function isFull(reason: string): boolean {
  const day = REASON.exec(reason)?.[1];
  if (day === undefined) return false;
  const time = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}

function deprecatedIn(type: GraphQLNamedType): [place: string, reason: string][] {
  const places: { at: string; deprecationReason?: string | null | undefined }[] = [];
  if (isObjectType(type) || isInterfaceType(type)) {
    for (const field of Object.values(type.getFields())) {
      places.push({ at: field.name, ...field });
      places.push(...field.args.map((argument) => ({ at: `${field.name}(${argument.name}:)`, ...argument })));
    }
  } else if (isInputObjectType(type)) {
    places.push(...Object.values(type.getFields()).map((field) => ({ at: field.name, ...field })));
  } else if (isEnumType(type)) {
    places.push(...type.getValues().map((value) => ({ at: value.name, ...value })));
  }
  return places.flatMap(({ at, deprecationReason }) =>
    deprecationReason == null ? [] : [[`${type.name}.${at}`, deprecationReason] as [string, string]],
  );
}
