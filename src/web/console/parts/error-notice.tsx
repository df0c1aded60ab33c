import type { ApiError } from '../fault.js';
import { detailLines } from './detail-lines.js';

/** An error as the server told it: code, message, every detail, and the id that finds it in the log. */
export function ErrorNotice({ error }: { readonly error: ApiError | null }) {
  if (!error) return null;
  return (
    <div role="alert" className="notice bad">
      {error.faults.map((fault, index) => (
        <div key={index}>
          <p>
            <code className="code">{fault.code}</code> {fault.message}
          </p>
          <DetailList lines={detailLines(fault.details)} />
          <p className="hint">
            {fault.retryable && 'The same call may succeed later. '}
            {fault.requestId && (
              <>
                Request <code>{fault.requestId}</code>
              </>
            )}
          </p>
        </div>
      ))}
    </div>
  );
}

function DetailList({ lines }: { readonly lines: readonly string[] }) {
  if (lines.length === 0) return null;
  return (
    <ul>
      {lines.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}
