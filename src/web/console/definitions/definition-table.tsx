import type { Definition } from '../api-definitions.js';
import { moment } from '../format.js';
import { StateBadge } from '../parts/state-badge.js';

export function DefinitionTable({ definitions }: { readonly definitions: readonly Definition[] }) {
  if (definitions.length === 0) return null;
  return (
    <table className="cards-when-narrow">
      <thead>
        <tr>
          <th scope="col">Definition</th>
          <th scope="col">Status</th>
          <th scope="col">Needs</th>
          <th scope="col">Ports</th>
          <th scope="col" className="keep">
            Longest run
          </th>
          <th scope="col">Created</th>
        </tr>
      </thead>
      <tbody>
        {definitions.map((definition) => (
          <Row key={definition.id} definition={definition} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ definition }: { readonly definition: Definition }) {
  const { id, name, version, labArtifactUri, resourceRequirements, nodeCount, portTemplate } = definition;
  const { cpuCores, memoryGb, storageGb } = resourceRequirements;
  return (
    <tr data-definition={id}>
      <th scope="row" title={id}>
        {name} {version}
        <small className="hint uri">{labArtifactUri}</small>
      </th>
      <td>
        <StateBadge state={definition.status} />
      </td>
      <td data-label="Needs">
        {cpuCores} cores, {memoryGb}/{storageGb} GiB, {nodeCount} nodes
        <small className="hint">{definition.licenseAffinity.join(', ')}</small>
      </td>
      <td data-label="Ports">
        {portTemplate.length === 0 ? (
          <span className="hint">none</span>
        ) : (
          portTemplate.map(({ name }) => name).join(', ')
        )}
      </td>
      <td data-label="Longest run" className="keep">
        {definition.maxDurationMinutes} min
      </td>
      <td data-label="Created">
        {moment(definition.createdAt)} <small className="hint">by {definition.createdBy}</small>
      </td>
    </tr>
  );
}
