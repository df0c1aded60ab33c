import { DuplicateKey, type Collection } from '../db/document-store.js';
import type { Artifact } from './artifact-reader.js';
import type { LabFileDocument } from './lab-file-model.js';

/** Stores the text of a lab file under its hash, before the definition that names it; once is enough. */
export async function storeLabFile(
  labFiles: Collection<LabFileDocument>,
  { hash, text }: Pick<Artifact, 'hash' | 'text'>,
  createdAt: string,
): Promise<void> {
  // Most are stored already, and asking is cheaper than a write that is refused.
  if ((await labFiles.count({ id: hash }, { index: 'id' })) > 0) return;
  try {
    await labFiles.insert({ id: hash, revision: 1, schemaVersion: 1, text, createdAt });
  } catch (error) {
    if (!(error instanceof DuplicateKey)) throw error;
  }
}
