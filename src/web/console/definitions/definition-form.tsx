import example from '../../../../examples/definitions/branch-vpn.json' with { type: 'json' };
import type { LicenseType } from '../api.js';
import { CREATE_DEFINITION, type CreateDefinitionInput } from '../api-definitions.js';
import { Check, Field } from '../parts/field.js';
import type { FormValues } from '../parts/form-values.js';
import { Sheet } from '../parts/sheet.js';
import { request } from '../request.js';
import { may, whoMay } from '../rights.js';
import { goTo } from '../route.js';
import { useSession } from '../session-context.js';
import { useAction } from '../use-action.js';

const LICENSES: readonly LicenseType[] = ['PERSONAL', 'ENTERPRISE', 'EVALUATION'];
const room = example.resourceRequirements;
const image = room.amiRequirements[0];

/** Makes the first version of a definition; the fields start with the values of the example. */
export function DefinitionForm() {
  const { viewer } = useSession();
  const creating = useAction();
  const create = async (values: FormValues) => {
    await request(CREATE_DEFINITION, { input: inputOf(values) });
    goTo('definitions');
  };

  if (!may(viewer, 'createDefinition')) {
    return (
      <>
        <h1 tabIndex={-1}>New definition</h1>
        <p className="notice">Definitions are made by {whoMay('createDefinition')}.</p>
      </>
    );
  }
  return (
    <>
      <h1 tabIndex={-1}>New definition</h1>
      <Sheet action={creating} confirm="Create" onSubmit={create}>
        <div className="pair">
          <Field label="Name" name="name" required maxLength={100} defaultValue={example.name} />
          <Field
            label="Version"
            name="version"
            required
            defaultValue={example.version}
            pattern="\d+\.\d+\.\d+"
          />
        </div>
        <Field
          label="Lab file"
          name="labArtifactUri"
          required
          defaultValue={example.labArtifactUri}
          hint="file:///… is read below the server's folder for lab files."
        />
        <Check
          label="Read nodes and ports from the lab file"
          name="extractTopology"
          defaultChecked={example.extractTopology}
        />
        <fieldset>
          <legend>Room for one run</legend>
          <div className="triple">
            <Count label="CPU cores" name="cpuCores" max={64} defaultValue={room.cpuCores} />
            <Count label="Memory (GiB)" name="memoryGb" max={256} defaultValue={room.memoryGb} />
            <Count label="Storage (GiB)" name="storageGb" max={1000} defaultValue={room.storageGb} />
          </div>
          <div className="pair">
            <Field
              label="Lowest CML version"
              name="minVersion"
              defaultValue={image?.minVersion}
              hint="Optional."
            />
            <Field
              label="Node definitions"
              name="nodeDefinitions"
              defaultValue={image?.nodeDefinitions.join(', ')}
              hint="Optional, separated by commas."
            />
          </div>
        </fieldset>
        <fieldset>
          <legend>Licences that may host it</legend>
          <div className="options">
            {LICENSES.map((license) => (
              <Check
                key={license}
                label={license}
                name="licenseAffinity"
                value={license}
                defaultChecked={example.licenseAffinity.includes(license)}
              />
            ))}
          </div>
        </fieldset>
        <div className="pair">
          <Count
            label="Longest run (minutes)"
            name="maxDurationMinutes"
            max={480}
            defaultValue={example.maxDurationMinutes}
          />
          <Field
            label="Mail to tell"
            name="email"
            type="email"
            defaultValue={example.ownerNotification.email}
            hint="Optional."
          />
        </div>
      </Sheet>
    </>
  );
}

interface CountProps {
  readonly label: string;
  readonly name: string;
  readonly max: number;
  readonly defaultValue: number;
}

function Count(props: CountProps) {
  return <Field type="number" min={1} required {...props} />;
}

function inputOf(values: FormValues): CreateDefinitionInput {
  const minVersion = values.optional('minVersion');
  const nodeDefinitions = values.list('nodeDefinitions');
  const email = values.optional('email');
  return {
    name: values.text('name'),
    version: values.text('version'),
    labArtifactUri: values.text('labArtifactUri'),
    extractTopology: values.checked('extractTopology'),
    resourceRequirements: {
      cpuCores: values.number('cpuCores'),
      memoryGb: values.number('memoryGb'),
      storageGb: values.number('storageGb'),
      amiRequirements: minVersion || nodeDefinitions ? [{ minVersion, nodeDefinitions }] : [],
    },
    licenseAffinity: values.all('licenseAffinity') as LicenseType[],
    maxDurationMinutes: values.number('maxDurationMinutes'),
    ownerNotification: email === null ? null : { email },
  };
}
