import { z } from 'zod';
import { query } from '../lib/operation.js';
import type { ArtifactReader } from './artifact-reader.js';
import { definitionFields } from './definition-input.js';
import { inspectLabFile } from './lab-file/inspect-lab-file.js';
import { labFileHash } from './lab-file/lab-text.js';

interface Deps {
  readonly artifacts: ArtifactReader;
  readonly nodeCountIgnored: readonly string[];
}

/** Leaves room in a body of 1 MiB for the escapes that JSON adds. */
const MAX_TEXT_BYTES = 768 * 1024;

const request = z
  .strictObject({
    uri: definitionFields.labArtifactUri
      .nullish()
      .describe('Where the lab file is: `file:`, `https:` or `s3:`; not together with `text`.'),
    // Taken as it is, unlike all other text: the hash is that of the very bytes.
    text: z
      .string()
      .refine((text) => Buffer.byteLength(text) <= MAX_TEXT_BYTES, {
        message: `must have at most ${MAX_TEXT_BYTES} bytes as UTF-8`,
      })
      .nullish()
      .describe('The lab file itself, up to 768 KiB as UTF-8; not together with `uri`.'),
  })
  .superRefine(({ uri, text }, context) => {
    if ((uri == null) !== (text == null)) return;
    const message = uri == null ? 'give either uri or text' : 'must be absent when text is given';
    context.addIssue({ code: 'custom', path: ['uri'], message });
  });

export const inspectLabYaml = query({
  name: 'inspectLabYaml',
  summary: 'What a lab file says of nodes and ports, and what its author may want to mend; stores nothing.',
  request,
  allow: { roles: ['ADMIN', 'AUTHOR'] },
  async handle({ artifacts, nodeCountIgnored }: Deps, { uri, text }, call) {
    const given = text == null ? await artifacts.read(uri as string, call.signal) : { text, hash: null };
    const inspection = inspectLabFile(given.text, { ignoredKinds: nodeCountIgnored });
    return { hash: given.hash ?? labFileHash(given.text), ...inspection };
  },
});
