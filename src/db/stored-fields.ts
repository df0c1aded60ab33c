/** Names of the storage fields that are not part of an aggregate's state. */
export const STORAGE_FIELDS = [
  'schemaVersion',
  'eventNumber',
  'outbox',
  'hasOutbox',
  'appliedRecords',
] as const;
export type StorageField = (typeof STORAGE_FIELDS)[number];
