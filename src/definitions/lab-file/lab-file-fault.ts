import { LabletError } from '../../errors.js';

/** Rules of the lab file format, as errors name them. */
export type LabFileRule =
  | 'NOT_UTF8'
  | 'CONTROL_CHARACTER'
  | 'SYNTAX'
  | 'MULTIPLE_DOCUMENTS'
  | 'TOO_MANY_PARTS'
  | 'TOO_DEEP'
  | 'TOO_MANY_ALIASES'
  | 'UNKNOWN_ALIAS'
  | 'DUPLICATE_KEY'
  | 'CUSTOM_TYPE'
  | 'ROOT_NOT_MAPPING'
  | 'NODES_MISSING'
  | 'NODE_NOT_MAPPING'
  | 'LABEL_MISSING'
  | 'LABEL_TOO_LONG'
  | 'LABEL_MALFORMED'
  | 'NODE_DEFINITION_MISSING'
  | 'TAGS_NOT_LIST'
  | 'TAG_NOT_TEXT'
  | 'TAG_MALFORMED'
  | 'OUT_REPEATED'
  | 'VNC_REPEATED'
  | 'TOO_MANY_PORTS'
  | 'NODE_COUNT_OUT_OF_RANGE'
  | 'PORT_NOT_HELD';

/** Messages may quote the file, whose words may be long. */
const MAX_MESSAGE = 300;

/** The error for a lab file that breaks `rule`; `line` counts from 1, `path` is dotted (`nodes.0.tags.1`). */
export function labFileFault(
  rule: LabFileRule,
  message: string,
  line: number | null = null,
  path: string | null = null,
): LabletError<'LAB_YAML_INVALID'> {
  const place = [path && `at ${path}`, line && `line ${line}`].filter(Boolean).join(', ');
  return new LabletError(
    'LAB_YAML_INVALID',
    `The lab file ${message.slice(0, MAX_MESSAGE)}${place && ` (${place})`}.`,
    {
      rule,
      line,
      path,
    },
  );
}
