import { z } from 'zod';
import { line, slug, whole } from '../lib/fields.js';
import { withoutNulls } from '../lib/with-defaults.js';
import { capacity, excludedPorts, licenseType, portRange } from '../workers/worker-input.js';
import { repeatedKeys, TEMPLATE_DEFAULTS, type TemplateFields } from './template.js';

/** Fields of a template in requests and in the file, with their limits and without defaults. */

const COST_PLACES = 4;

export const tagKey = line(1, 128);
export const tagValue = line(0, 256);
export const MAX_TAGS = 20;

export const templateFields = {
  name: slug.describe('Name, unique and fixed.'),
  description: line(0, 200).describe('What it is for.'),
  instanceType: line(1, 40).describe('Machine type in the cloud.'),
  licenseType: licenseType.describe('Licence of its CML controller.'),
  capacity: capacity.describe('Room of such a worker, as a whole.'),
  amiPattern: line(1, 100).describe('Image name; only * is special.'),
  regions: z.array(line(1, 40)).max(20).describe('Regions where it may be used; empty: any.'),
  portRange: portRange.describe('Port numbers that may be handed out.'),
  excludedPorts: excludedPorts.describe('Port numbers that are never handed out.'),
  drainTimeoutHours: whole(1, 48).describe('Hours until a draining worker is stopped, 1-48.'),
  startupTimeMinutes: whole(1, 120).describe('Minutes until such a worker is ready, 1-120.'),
  costPerHourUsd: z
    .number()
    .min(0)
    .refine((cost) => Number(cost.toFixed(COST_PLACES)) === cost, { message: 'must have up to 4 places' })
    .nullable()
    .meta({ graphql: 'Decimal' })
    .describe('Price of an hour in US dollars, up to 4 places; null: unknown.'),
  tags: z
    .array(
      z
        .strictObject({
          key: tagKey.describe('Unique key.'),
          value: tagValue.describe('Value, may be empty.'),
        })
        .meta({ id: 'TagInput', description: 'A label of the machine.' }),
    )
    .max(MAX_TAGS)
    .superRefine((tags, context) => {
      for (const fault of repeatedKeys(tags)) context.addIssue({ code: 'custom', ...fault });
    })
    .describe('Labels of the machine.'),
  enabled: z.boolean().describe('False retires the template.'),
};

const orDefault = <Field extends z.ZodType>(field: Field, said: string) =>
  field.nullish().describe(`${field.description} ${said} by default.`);

/** Fields of a new template; what has a default may be absent or null. */
export const newTemplateFields = {
  ...templateFields,
  description: orDefault(templateFields.description, 'Empty'),
  regions: orDefault(templateFields.regions, 'Empty'),
  portRange: orDefault(templateFields.portRange, '2000-9999'),
  excludedPorts: orDefault(templateFields.excludedPorts, '9090'),
  drainTimeoutHours: orDefault(templateFields.drainTimeoutHours, '4'),
  startupTimeMinutes: orDefault(templateFields.startupTimeMinutes, '20'),
  costPerHourUsd: orDefault(templateFields.costPerHourUsd, 'Unknown'),
  tags: orDefault(templateFields.tags, 'None'),
  enabled: orDefault(templateFields.enabled, 'True'),
};

/** Fields of a template that can be changed, all optional; null is refused where it means nothing. */
export const changedTemplateFields = z.strictObject(templateFields).omit({ name: true }).partial().shape;

type Capacity = z.output<typeof capacity>;
type Authored = Omit<TemplateFields, 'capacity' | keyof typeof TEMPLATE_DEFAULTS> & { capacity: Capacity } & {
  [Field in keyof typeof TEMPLATE_DEFAULTS]?: TemplateFields[Field] | null | undefined;
};

/** A whole template: what was written, and defaults for what is absent or null. */
export function withDefaults(written: Authored): TemplateFields {
  const given = { ...structuredClone(TEMPLATE_DEFAULTS), ...withoutNulls(written) };
  return { ...given, capacity: roomOf(written.capacity) };
}

/** Room in the stored form, in which no limit of nodes is null. */
export function roomOf(room: Capacity): TemplateFields['capacity'] {
  return { ...room, nodes: room.nodes ?? null };
}
