import { useCallback, useEffect, useState } from 'react';
import { asApiError, type ApiError } from './fault.js';
import { request, type Document } from './request.js';

export interface QueryState<Result> {
  /** The latest answer; it stays while a newer one is on its way. */
  readonly data: Result | null;
  readonly error: ApiError | null;
  readonly refresh: () => void;
}

/** Asks when it is first shown, when a variable changes and when `refresh` is called. */
export function useQuery<Result, Variables>(
  operation: Document<Result, Variables>,
  variables: Variables,
): QueryState<Result> {
  const key = JSON.stringify(variables);
  const [round, setRound] = useState(0);
  const [answer, setAnswer] = useState<{ key: string; data: Result } | null>(null);
  const [error, setError] = useState<ApiError | null>(null);

  useEffect(() => {
    const overtaken = new AbortController();
    request(operation, JSON.parse(key) as Variables, overtaken.signal).then(
      (data) => {
        if (overtaken.signal.aborted) return;
        setAnswer({ key, data });
        setError(null);
      },
      (cause: unknown) => {
        if (!overtaken.signal.aborted) setError(asApiError(cause));
      },
    );
    return () => overtaken.abort();
  }, [operation, key, round]);

  const refresh = useCallback(() => setRound((count) => count + 1), []);
  return { data: answer?.key === key ? answer.data : null, error, refresh };
}
