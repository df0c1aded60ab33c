import { z } from 'zod';
import { escapeRegex, type Filter } from '../db/document-store.js';
import { orderDirection, type PageQuery } from '../db/paging.js';
import * as field from '../lib/fields.js';
import { compareVersions, versionRank } from '../lib/version.js';
import { searchTextOf } from './definition-state.js';
import { DEFINITION_ORDER_FIELDS, DEFINITION_STATUSES } from './definition-terms.js';

const versionRange = z
  .strictObject({
    from: field.semVer.nullish().describe('The lowest, included.'),
    to: field.semVer.nullish().describe('The highest, included.'),
  })
  .refine(({ from, to }) => from == null || to == null || compareVersions(from, to) <= 0, {
    message: 'from must not be above to',
  })
  .meta({ id: 'VersionRange', description: 'Versions compared number by number: 1.10.0 is above 1.9.0.' });

export const definitionFilter = z
  .strictObject({
    name: field.definitionName.nullish().describe('Of this family.'),
    status: z
      .enum(DEFINITION_STATUSES)
      .meta({ id: 'DefinitionStatus' })
      .nullish()
      .describe('In this status; ACTIVE by default.'),
    version: field.semVer.nullish().describe('With this version.'),
    versionRange: versionRange.nullish().describe('With a version in this range.'),
    // Not the address of the lab file: words such as "labs" and "yaml" would find everything.
    text: field
      .line(2, 50)
      .nullish()
      .describe('Whose name contains this text of 2-50 characters, large and small letters alike.'),
  })
  .meta({ id: 'DefinitionFilter', description: 'All given parts must hold.' });

export const definitionOrder = z
  .strictObject({
    field: z.enum(DEFINITION_ORDER_FIELDS).meta({ id: 'DefinitionOrderField' }).describe('By what.'),
    direction: orderDirection,
  })
  .meta({ id: 'DefinitionOrder', description: 'Order of a list of definitions; ties by id.' });

interface Selection {
  readonly filter?: z.output<typeof definitionFilter> | null | undefined;
  readonly orderBy?: z.output<typeof definitionOrder> | null | undefined;
}

/** The list that is asked for, as the store understands it. */
export function selectDefinitions({ filter, orderBy }: Selection): PageQuery {
  const { name, status, version, versionRange: range, text } = filter ?? {};
  // The highest version has the lowest rank.
  const rank = {
    ...(version == null ? {} : { $eq: versionRank(version) }),
    ...(range?.from == null ? {} : { $lte: versionRank(range.from) }),
    ...(range?.to == null ? {} : { $gte: versionRank(range.to) }),
  };
  const conditions: Filter = {
    status: status ?? 'ACTIVE',
    ...(name == null ? {} : { name }),
    ...(Object.keys(rank).length === 0 ? {} : { versionRank: rank }),
    ...(text == null ? {} : { searchText: { $regex: escapeRegex(searchTextOf(text)) } }),
  };
  const index = indexFor({ byTime: orderBy?.field === 'CREATED_AT', name, version });
  return { filter: conditions, index, descending: orderBy?.direction === 'DESC' };
}

/** The index in whose order the list is; of several the one that narrows it most. */
function indexFor({
  byTime,
  name,
  version,
}: { byTime: boolean } & Pick<NonNullable<Selection['filter']>, 'name' | 'version'>): string {
  if (byTime) return name == null ? 'status_createdAt_versionRank_searchText' : 'name_status_createdAt';
  if (name != null) return 'name_status_versionRank';
  return version == null ? 'status_name_versionRank_searchText' : 'status_versionRank_name_searchText';
}
