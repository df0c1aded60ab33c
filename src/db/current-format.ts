import { NewerFormat } from './document-store.js';
import type { StoredDocument } from './stored-document.js';

/**
 * A stored document in the format of this server. Every way from a document to a state goes through here: what is
 * decided or shown from a format that nobody here knows may be wrong.
 * @throws NewerFormat for what a newer server wrote
 */
export function currentFormat<Doc extends StoredDocument>(
  document: Doc,
  { type, schemaVersion }: { readonly type: string; readonly schemaVersion: number },
  upgrade?: (document: Doc) => Doc,
): Doc {
  if (document.schemaVersion > schemaVersion) {
    throw new NewerFormat(type, document.id, document.schemaVersion, schemaVersion);
  }
  return upgrade ? upgrade(document) : document;
}
