import { useState, type FormEvent, type ReactNode } from 'react';

interface Props {
  readonly onToken: (token: string) => Promise<void>;
  readonly children: ReactNode;
}

export function SignIn({ onToken, children }: Props) {
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const token = String(new FormData(event.currentTarget).get('token')).trim();
    setBusy(true);
    await onToken(token);
    setBusy(false);
  };
  return (
    <main className="sign-in">
      <h1>Lablet Control Plane</h1>
      <p>Sign in with a bearer token. The server keeps it in a cookie that scripts cannot read.</p>
      {children}
      <form onSubmit={(event) => void submit(event)}>
        <label className="field">
          <span>Token</span>
          <input name="token" type="password" required autoFocus autoComplete="off" spellCheck={false} />
        </label>
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
