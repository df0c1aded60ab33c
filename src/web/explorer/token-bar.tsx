import { useState } from 'react';
import { storedToken, storeToken } from './stored-token.js';

/** Where the caller's token is given; every request from then on carries it. */
export function TokenBar() {
  const [token, setToken] = useState(storedToken);
  const change = (value: string) => {
    const trimmed = value.trim();
    setToken(trimmed);
    storeToken(trimmed);
  };
  return (
    <form className="token-bar" onSubmit={(event) => event.preventDefault()}>
      <label htmlFor="token">Token</label>
      <input
        id="token"
        type="password"
        value={token}
        onChange={(event) => change(event.target.value)}
        placeholder="Paste a bearer token"
        autoComplete="off"
        spellCheck={false}
        aria-describedby="token-hint"
      />
      <button type="button" onClick={() => change('')} disabled={token === ''}>
        Clear
      </button>
      <span id="token-hint" className="token-hint">
        {token === ''
          ? 'Without a token, requests use your session of the console, if there is one.'
          : 'Sent as Authorization: Bearer with every request of this tab.'}
      </span>
      <a href="/">Console</a>
    </form>
  );
}
