import type { ReactNode } from 'react';
import { Field } from './parts/field.js';
import { formValues } from './parts/form-values.js';
import { useAction } from './use-action.js';

interface Props {
  readonly onToken: (token: string) => Promise<void>;
  readonly children: ReactNode;
}

export function SignIn({ onToken, children }: Props) {
  const { busy, run } = useAction();
  return (
    <main className="sign-in">
      <h1>Lablet Control Plane</h1>
      <p>Sign in with a bearer token. The server keeps it in a cookie that scripts cannot read.</p>
      {children}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const token = formValues(event.currentTarget).text('token');
          void run(() => onToken(token));
        }}
      >
        <Field label="Token" name="token" type="password" required autoFocus spellCheck={false} />
        <button type="submit" className="primary" disabled={busy}>
          Sign in
        </button>
      </form>
      <p className="hint">
        Without an identity provider, <code>npm run -s lablet -- token --role admin</code> prints one.
      </p>
    </main>
  );
}
