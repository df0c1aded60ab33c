import { mayReadLabFiles } from '../auth/policies.js';
import type { LabFileCache } from '../definitions/lab-file-cache.js';
import { renderLabFile } from '../definitions/lab-file/render-lab-file.js';
import { LabletError } from '../errors.js';
import type { Actor } from '../lib/actor.js';

/** What rendering needs of an instance. */
interface Held {
  readonly definitionId: string;
  readonly allocatedPorts: readonly { readonly name: string; readonly number: number }[];
  readonly claim: object | null;
}

interface Loads {
  readonly definition: { load(id: string): Promise<{ readonly labYamlHash: string } | null> };
  readonly labText: { load(hash: string): Promise<string | null> };
}

/**
 * The definition's lab file with the instance's numbers; null before scheduling and for callers without the right.
 * @throws ARTIFACT_NOT_SYNCED without a text, LAB_YAML_INVALID for a port that is not held
 */
export async function renderedLabYaml(
  { definitionId, allocatedPorts, claim }: Held,
  loads: Loads,
  files: LabFileCache,
  actor: Actor | null,
): Promise<string | null> {
  if (claim === null || actor === null || !mayReadLabFiles(actor)) return null;
  const definition = await loads.definition.load(definitionId);
  const hash = definition?.labYamlHash ?? '';
  const text = hash === '' ? null : await loads.labText.load(hash);
  if (text === null) {
    throw new LabletError('ARTIFACT_NOT_SYNCED', 'The definition has no lab file text yet; sync it.', {
      definitionId,
    });
  }
  return renderLabFile(files.read(hash, text), allocatedPorts).text;
}
