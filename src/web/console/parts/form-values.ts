/** What was typed into a form. */
export interface FormValues {
  readonly text: (name: string) => string;
  /** Null where nothing was typed. */
  readonly optional: (name: string) => string | null;
  readonly number: (name: string) => number;
  readonly checked: (name: string) => boolean;
  readonly all: (name: string) => string[];
  /** Items separated by commas; null where there is none. */
  readonly list: (name: string) => string[] | null;
  /** A local date and time as the API wants it; null where none was chosen. */
  readonly time: (name: string) => string | null;
}

export function formValues(form: HTMLFormElement): FormValues {
  const data = new FormData(form);
  const text = (name: string) => textOf(data.get(name));
  const optional = (name: string) => text(name) || null;
  return {
    text,
    optional,
    number: (name) => Number(text(name)),
    checked: (name) => data.has(name),
    all: (name) => data.getAll(name).map(textOf),
    list: (name) => {
      const items = text(name)
        .split(',')
        .map((item) => item.trim());
      return items.some(Boolean) ? items.filter(Boolean) : null;
    },
    time: (name) => {
      const local = optional(name);
      return local === null ? null : new Date(local).toISOString();
    },
  };
}

function textOf(value: FormDataEntryValue | null): string {
  return typeof value === 'string' ? value.trim() : '';
}
