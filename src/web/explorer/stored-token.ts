import { takeTokenFromFragment } from '../token.js';

const KEY = 'lablet.explorer.token';

/** The token of this browser tab; it ends with the tab. Empty without one. */
export function storedToken(): string {
  return sessionStorage.getItem(KEY) ?? '';
}

export function storeToken(token: string): void {
  if (token === '') sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, token);
}

export function rememberFragmentToken(): void {
  const token = takeTokenFromFragment();
  if (token !== null) storeToken(token);
}
