import { LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import { assertPortRange, type PortRange } from '../claims/ports.js';
import { LabletError, type ErrorDetails } from '../errors.js';
import { entryAt, lineOf, placeOf, valueAt, type Path } from './template-file-places.js';
import { MAX_TAGS, tagKey, tagValue, templateFields, withDefaults } from './template-fields.js';
import { TEMPLATE_DEFAULTS, type TemplateFields } from './template.js';

/** What a fault of the template file is about. */
export type TemplateFileRule =
  'SYNTAX' | 'DUPLICATE_KEY' | 'UNKNOWN_FIELD' | 'REQUIRED' | 'WRONG_VALUE' | 'NAME_REPEATED';

interface Fault {
  readonly rule: TemplateFileRule;
  readonly message: string;
  readonly path: Path;
}

const YAML_OPTIONS = { prettyErrors: false, resolveKnownTags: false, schema: 'core' } as const;

const withDefault = Object.fromEntries(Object.keys(TEMPLATE_DEFAULTS).map((field) => [field, true]));

/** In the file tags are a mapping, and what has a default may be absent. */
const fileEntry = z
  .strictObject({
    ...templateFields,
    portRange: templateFields.portRange.refine(isPortRange, { message: 'must lie within 1024-65535' }),
    tags: z.record(tagKey, tagValue).refine((tags) => Object.keys(tags).length <= MAX_TAGS, {
      message: `must have up to ${MAX_TAGS} tags`,
    }),
  })
  .partial(withDefault as Record<keyof typeof TEMPLATE_DEFAULTS, true>);

const templateFile = z.strictObject({ version: z.literal(1), templates: z.array(fileEntry) });

/**
 * The templates of a file, in its order, with defaults filled in. The file is checked as a whole: it is right, or
 * there are none.
 * @param file its path, for the error
 * @throws LabletError TEMPLATE_FILE_INVALID with entry, field, line and rule of the first fault
 */
export function parseTemplateFile(text: string, file: string): TemplateFields[] {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { ...YAML_OPTIONS, lineCounter });
  assertSyntax(document, text, file, lineCounter);
  const data = plain(document, file);
  const parsed = templateFile.safeParse(data);
  const faults = [
    ...(parsed.error?.issues ?? []).flatMap((issue) => faultsOf(issue, data)),
    ...repeatedNames(data),
  ].map((fault) => ({ ...fault, line: lineOf(document, fault.path, lineCounter) }));
  const [first] = faults.sort((a, b) => a.line - b.line);
  if (first)
    throw invalid({ file, ...placeOf(data, first.path), line: first.line, rule: first.rule }, first.message);
  return (parsed.data?.templates ?? []).map(complete);
}

function assertSyntax(document: Document.Parsed, text: string, file: string, lines: LineCounter): void {
  const fault = document.errors[0] ?? document.warnings[0];
  if (!fault) return;
  const [offset] = fault.pos;
  const isRepeated = fault.code === 'DUPLICATE_KEY';
  const key = isRepeated ? /^["']?(\w+)/.exec(text.slice(offset, offset + 100))?.[1] : undefined;
  const place = { entry: entryAt(document, offset), field: key ?? null, line: lines.linePos(offset).line };
  throw invalid({ file, ...place, rule: isRepeated ? 'DUPLICATE_KEY' : 'SYNTAX' }, fault.message);
}

/** Refuses aliases without an anchor, and so many that they would expand without bound. */
function plain(document: Document.Parsed, file: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw invalid({ file, entry: null, field: null, line: null, rule: 'SYNTAX' }, (error as Error).message);
  }
}

function faultsOf(issue: z.core.$ZodIssue, data: unknown): Fault[] {
  const { message, path } = issue;
  if (issue.code === 'unrecognized_keys') {
    const unknown = { rule: 'UNKNOWN_FIELD', message: 'there is no such field' } as const;
    return issue.keys.map((key) => ({ ...unknown, path: [...path, key] }));
  }
  if (valueAt(data, path) === undefined) return [{ rule: 'REQUIRED', message: 'is required', path }];
  return [{ rule: 'WRONG_VALUE', message, path }];
}

function repeatedNames(data: unknown): Fault[] {
  const list = valueAt(data, ['templates']);
  const names = new Set<unknown>();
  return (Array.isArray(list) ? list : []).flatMap((_, position): Fault[] => {
    const path = ['templates', position, 'name'];
    const written = valueAt(data, path);
    // Compared as it will be stored: a name in quotes may carry spaces that are trimmed.
    const name = templateFields.name.safeParse(written).data ?? written;
    const isRepeated = name !== undefined && names.has(name);
    names.add(name);
    return isRepeated ? [{ rule: 'NAME_REPEATED', message: 'another entry has this name', path }] : [];
  });
}

function isPortRange(range: PortRange): boolean {
  try {
    assertPortRange(range, []);
    return true;
  } catch {
    return false;
  }
}

/** The entry in the form templates are stored in, with defaults filled in. */
function complete(entry: z.infer<typeof fileEntry>): TemplateFields {
  const tags = Object.entries(entry.tags ?? {}).map(([key, value]) => ({ key, value }));
  return withDefaults({ ...entry, tags });
}

function invalid(details: ErrorDetails['TEMPLATE_FILE_INVALID'], message: string) {
  const { file, entry, field, line } = details;
  const parts = [entry && `entry ${entry}`, field && `field ${field}`, line && `line ${line}`].filter(
    Boolean,
  );
  const place = [file, ...parts].join(', ');
  return new LabletError(
    'TEMPLATE_FILE_INVALID',
    `The worker template file is broken (${place}): ${message}`,
    details,
  );
}
