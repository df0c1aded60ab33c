import type { InputHTMLAttributes, ReactNode, SelectHTMLAttributes } from 'react';

interface Labelled {
  readonly label: string;
  readonly hint?: string;
}

/** An input with its label; the hint is read with it. */
export function Field({ label, hint, ...input }: Labelled & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <label className="field">
      <span>{label}</span>
      <input autoComplete="off" {...input} />
      {hint && <small>{hint}</small>}
    </label>
  );
}

type SelectProps = Labelled & SelectHTMLAttributes<HTMLSelectElement> & { readonly children: ReactNode };

export function Select({ label, hint, children, ...select }: SelectProps) {
  return (
    <label className="field">
      <span>{label}</span>
      <select {...select}>{children}</select>
      {hint && <small>{hint}</small>}
    </label>
  );
}

export function Check({ label, hint, ...input }: Labelled & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <label className="check">
      <input type="checkbox" {...input} />
      <span>
        {label}
        {hint && <small>{hint}</small>}
      </span>
    </label>
  );
}
