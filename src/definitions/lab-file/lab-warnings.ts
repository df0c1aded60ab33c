import type { LabYaml } from './lab-yaml.js';

/** What an author may want to mend; the file is valid all the same. WARNING: it may not do what was meant. */
export const LAB_WARNING_RULES = {
  HARD_CODED_PORT: 'WARNING',
  TAG_MISSPELT: 'WARNING',
  NAME_SUFFIXED: 'WARNING',
  NAME_CUT: 'WARNING',
  LABEL_REPEATED: 'WARNING',
  PLACEHOLDER_UNKNOWN: 'WARNING',
  ANNOTATION_STAYS: 'WARNING',
  CONFIGURATION_STAYS: 'WARNING',
  LINK_BROKEN: 'WARNING',
  CONSOLE_MISSING: 'INFO',
  LICENSE_LIMIT: 'INFO',
  MORE_WARNINGS: 'INFO',
} as const;

export type LabWarningRule = keyof typeof LAB_WARNING_RULES;
export type LabWarningLevel = (typeof LAB_WARNING_RULES)[LabWarningRule];

export interface LabWarning {
  readonly rule: LabWarningRule;
  readonly level: LabWarningLevel;
  readonly message: string;
  /** What to do about it. */
  readonly fix: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
  /** Dotted, list positions are numbers: `nodes.0.tags.1`. */
  readonly path: string;
}

export interface WarningWords {
  readonly message: string;
  readonly fix: string;
}

/** Takes a warning about the text at `offset`; the words are made for what is shown alone. */
export type Warn = (rule: LabWarningRule, offset: number, path: string, words: () => WarningWords) => void;

/** Most warnings of one file; one more then says how many others there are. */
export const MAX_LAB_WARNINGS = 100;

interface Noted {
  readonly rule: LabWarningRule;
  readonly offset: number;
  readonly path: string;
  readonly words: () => WarningWords;
}

/**
 * Gathers warnings: those of level WARNING first, each level in the order of the text. It holds no more than it
 * shows, whatever is put in.
 */
export function warningList(yaml: LabYaml) {
  // One beyond the limit, whose place the last line names.
  const noted: Noted[] = [];
  let total = 0;

  const warn: Warn = (rule, offset, path, words) => {
    total++;
    const entry = { rule, offset, path, words };
    const last = noted.at(-1);
    if (noted.length > MAX_LAB_WARNINGS) {
      if (last && !isBefore(entry, last)) return;
      noted.pop();
    }
    const later = noted.findIndex((other) => isBefore(entry, other));
    noted.splice(later === -1 ? noted.length : later, 0, entry);
  };

  function shown(): LabWarning[] {
    const beyond = noted[MAX_LAB_WARNINGS];
    const all = noted.slice(0, MAX_LAB_WARNINGS);
    if (beyond) all.push({ ...beyond, rule: 'MORE_WARNINGS', words: () => more(total - MAX_LAB_WARNINGS) });
    return all.map(({ rule, offset, path, words }) => ({
      rule,
      level: LAB_WARNING_RULES[rule],
      ...words(),
      ...yaml.placeAt(offset),
      path,
    }));
  }

  return { warn, shown };
}

function isBefore(a: Noted, b: Noted): boolean {
  const [left, right] = [LAB_WARNING_RULES[a.rule], LAB_WARNING_RULES[b.rule]];
  return left === right ? a.offset < b.offset : left === 'WARNING';
}

function more(count: number): WarningWords {
  const message = `There ${count === 1 ? 'is 1 more warning' : `are ${count} more warnings`}; the first is here.`;
  return { message, fix: 'Mend what is listed and inspect the file again.' };
}

/** A text of the file in a message; such texts may be long. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text);
}
