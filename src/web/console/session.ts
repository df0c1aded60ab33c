import { call } from './request.js';

/** Hands the token to the server, which keeps it in a cookie that scripts cannot read. @throws ApiError */
export function signIn(token: string): Promise<void> {
  return call('/session', { method: 'POST', headers: { authorization: `Bearer ${token}` } });
}

export function signOut(): Promise<void> {
  return call('/session', { method: 'DELETE' });
}
