import { useSyncExternalStore } from 'react';

/** Where in the console: the parts of the fragment, `#/instances/ins_1` being `['instances', 'ins_1']`. */
export function useRoute(): readonly string[] {
  const hash = useSyncExternalStore(onHashChange, () => window.location.hash);
  return hash.replace(/^#\/?/, '').split('/').filter(Boolean).map(decodeURIComponent);
}

export function hrefTo(...parts: string[]): string {
  return `#/${parts.map(encodeURIComponent).join('/')}`;
}

export function goTo(...parts: string[]): void {
  window.location.hash = hrefTo(...parts);
}

function onHashChange(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}
