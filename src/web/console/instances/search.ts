import type { InstanceRow } from '../api.js';

/** Whether what was typed is part of a row. */
export function matchesSearch(row: InstanceRow, search: string): boolean {
  const { id, definitionName, ownerId, endpoint, allocatedPorts } = row;
  const texts = [id, definitionName, ownerId, endpoint?.workerName ?? ''];
  const ports = allocatedPorts.map(({ number }) => String(number));
  const sought = search.trim().toLowerCase();
  return [...texts, ...ports].some((text) => text.toLowerCase().includes(sought));
}
