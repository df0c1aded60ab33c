import type { ReactNode } from 'react';
import type { Action } from '../use-action.js';
import { ErrorNotice } from './error-notice.js';
import { formValues, type FormValues } from './form-values.js';

interface Props {
  readonly action: Action;
  readonly confirm: string;
  readonly onSubmit: (values: FormValues) => Promise<void>;
  readonly children: ReactNode;
}

/** A form that fills the page: its fields, what went wrong, and the button. */
export function Sheet({ action, confirm, onSubmit, children }: Props) {
  return (
    <form
      className="sheet"
      onSubmit={(event) => {
        event.preventDefault();
        const values = formValues(event.currentTarget);
        void action.run(() => onSubmit(values));
      }}
    >
      {children}
      <ErrorNotice error={action.error} />
      <div className="buttons">
        <button type="submit" className="primary" disabled={action.busy}>
          {confirm}
        </button>
      </div>
    </form>
  );
}
