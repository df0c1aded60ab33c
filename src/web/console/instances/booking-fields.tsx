import { useState } from 'react';
import type { Definition } from '../api-definitions.js';
import { Field, Select } from '../parts/field.js';
import { may } from '../rights.js';
import { useSession } from '../session-context.js';

export function BookingFields({ definitions }: { readonly definitions: readonly Definition[] }) {
  const { viewer } = useSession();
  const [chosen, setChosen] = useState(definitions[0]?.id);
  const definition = definitions.find(({ id }) => id === chosen);
  return (
    <>
      <Select
        label="Definition"
        name="definitionId"
        required
        autoFocus
        value={chosen}
        onChange={(event) => setChosen(event.target.value)}
        hint={definition && needs(definition)}
      >
        {definitions.map(({ id, name, version }) => (
          <option key={id} value={id}>
            {name} {version}
          </option>
        ))}
      </Select>
      <div className="pair">
        <Field label="Start" name="timeslotStart" type="datetime-local" hint="Empty: now." />
        <Field
          label="End"
          name="timeslotEnd"
          type="datetime-local"
          hint={`Empty: ${definition?.maxDurationMinutes ?? 60} minutes later, the longest.`}
        />
      </div>
      {may(viewer, 'bookForOthers') && (
        <Field label="For" name="ownerId" hint={`Empty: ${viewer.subject}.`} />
      )}
    </>
  );
}

function needs({ resourceRequirements, nodeCount, portTemplate, licenseAffinity }: Definition): string {
  const { cpuCores, memoryGb, storageGb } = resourceRequirements;
  const room = `${cpuCores} cores, ${memoryGb} GiB memory, ${storageGb} GiB storage, ${nodeCount} nodes`;
  return `Needs ${room}, ${portTemplate.length} ports; licence ${licenseAffinity.join(' or ')}.`;
}
