import { useEffect, useState } from 'react';
import { VIEWER, type Viewer } from './api.js';
import { asApiError, type ApiError } from './fault.js';
import { ErrorNotice } from './parts/error-notice.js';
import { onSignedOut, request } from './request.js';
import { signIn } from './session.js';
import { SignIn } from './sign-in.js';
import { SignedIn } from './signed-in.js';

/** ENDED: somebody who was known until the server refused the token. */
type Caller = 'UNKNOWN' | 'NOBODY' | 'ENDED' | Viewer;

/** Finds out who is there, and shows the console or the way in. */
export function App({ token }: { readonly token: string | null }) {
  const [caller, setCaller] = useState<Caller>('UNKNOWN');
  const [error, setError] = useState<ApiError | null>(null);

  const enter = async (given: string | null) => {
    setError(null);
    try {
      if (given !== null) await signIn(given);
      const { viewer } = await request(VIEWER, {});
      setCaller(viewer);
    } catch (cause) {
      const failure = asApiError(cause);
      const onlyUnknown = given === null && failure.has('UNAUTHENTICATED');
      setError(onlyUnknown ? null : failure);
      setCaller('NOBODY');
    }
  };

  useEffect(() => {
    void enter(token);
    return onSignedOut(() => setCaller((known) => (typeof known === 'object' ? 'ENDED' : known)));
  }, []);

  if (caller === 'UNKNOWN') return <p className="waiting">Connecting…</p>;
  if (typeof caller === 'object') return <SignedIn viewer={caller} onSignedOut={() => setCaller('NOBODY')} />;
  return (
    <SignIn onToken={enter}>
      {caller === 'ENDED' && <p className="notice">Your session has ended. Sign in again.</p>}
      <ErrorNotice error={error} />
    </SignIn>
  );
}
