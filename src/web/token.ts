/**
 * Takes a token that arrived in the fragment of the address (`#token=…`) and removes it from the address bar and
 * from the history. A fragment never leaves the browser, so the token is in no server's log.
 */
export function takeTokenFromFragment(): string | null {
  const { hash, pathname, search } = window.location;
  const token = new URLSearchParams(hash.slice(1)).get('token');
  if (token === null) return null;
  window.history.replaceState(null, '', pathname + search);
  return token.trim() || null;
}
