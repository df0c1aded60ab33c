import { useState } from 'react';
import { asApiError, type ApiError } from './fault.js';

export interface Action {
  readonly busy: boolean;
  readonly error: ApiError | null;
  /** Runs one change; a second one is refused while the first is under way. True if it succeeded. */
  readonly run: (change: () => Promise<void>) => Promise<boolean>;
}

export function useAction(): Action {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const run = async (change: () => Promise<void>): Promise<boolean> => {
    if (busy) return false;
    setBusy(true);
    setError(null);
    try {
      await change();
      return true;
    } catch (cause) {
      setError(asApiError(cause));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, error, run };
}
