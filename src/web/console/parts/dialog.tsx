import { useId, useLayoutEffect, useRef, type ReactNode } from 'react';
import type { ApiError } from '../fault.js';
import { ErrorNotice } from './error-notice.js';
import { formValues, type FormValues } from './form-values.js';

interface Props {
  readonly title: string;
  readonly confirm: string;
  readonly danger?: boolean;
  readonly busy: boolean;
  readonly error: ApiError | null;
  readonly onConfirm: (values: FormValues) => void;
  readonly onClose: () => void;
  readonly children?: ReactNode;
}

/** Asks before a change. The browser's own dialog keeps the focus inside and closes on Escape. */
export function Dialog({ title, confirm, danger, busy, error, onConfirm, onClose, children }: Props) {
  const titleId = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    // Closed before it leaves the page, it gives the focus back.
    return () => shown?.close();
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby={titleId} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onConfirm(formValues(event.currentTarget));
        }}
      >
        <h2 id={titleId}>{title}</h2>
        {children}
        <ErrorNotice error={error} />
        <div className="buttons">
          <button type="submit" className={danger ? 'danger' : 'primary'} disabled={busy}>
            {confirm}
          </button>
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
        </div>
      </form>
    </dialog>
  );
}
