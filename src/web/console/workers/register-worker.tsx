import { useState } from 'react';
import { REGISTER_WORKER, TEMPLATES, type Template } from '../api-workers.js';
import { ErrorNotice } from '../parts/error-notice.js';
import { Field, Select } from '../parts/field.js';
import type { FormValues } from '../parts/form-values.js';
import { Sheet } from '../parts/sheet.js';
import { request } from '../request.js';
import { may, whoMay } from '../rights.js';
import { goTo } from '../route.js';
import { useSession } from '../session-context.js';
import { useAction } from '../use-action.js';
import { useQuery } from '../use-query.js';

export function RegisterWorker() {
  const { viewer } = useSession();
  const { data, error } = useQuery(TEMPLATES, {});
  const templates = data?.templates.nodes ?? [];
  return (
    <>
      <h1 tabIndex={-1}>Register a worker</h1>
      <ErrorNotice error={error} />
      {!may(viewer, 'registerWorker') && (
        <p className="notice">Workers are registered by {whoMay('registerWorker')}.</p>
      )}
      {data && templates.length === 0 && <p className="notice">There is no template to register from.</p>}
      {may(viewer, 'registerWorker') && templates.length > 0 && <Form templates={templates} />}
    </>
  );
}

function Form({ templates }: { readonly templates: readonly Template[] }) {
  const [chosen, setChosen] = useState(templates[0]?.name);
  const template = templates.find(({ name }) => name === chosen);
  const registering = useAction();

  const register = async (values: FormValues) => {
    const input = {
      name: values.text('name'),
      templateName: values.text('templateName'),
      region: values.optional('region'),
      host: values.optional('host'),
      cmlVersion: values.optional('cmlVersion'),
      nodeDefinitions: values.list('nodeDefinitions'),
    };
    await request(REGISTER_WORKER, { input });
    goTo('workers');
  };

  return (
    <Sheet action={registering} confirm="Register" onSubmit={register}>
      <Field
        label="Name"
        name="name"
        required
        autoFocus
        maxLength={63}
        hint="a-z, 0-9 and “-”, for example worker-1."
      />
      <Select
        label="Template"
        name="templateName"
        value={chosen}
        onChange={(event) => setChosen(event.target.value)}
        hint={template && summary(template)}
      >
        {templates.map(({ name }) => (
          <option key={name}>{name}</option>
        ))}
      </Select>
      <RegionField key={chosen} regions={template?.regions ?? []} />
      <fieldset>
        <legend>Known facts</legend>
        <p className="hint">
          Controllers report them later. A definition that asks for a version or node definitions fits only a
          worker that reported them.
        </p>
        <Field label="CML version" name="cmlVersion" placeholder="2.9.0" />
        <Field
          label="Node definitions"
          name="nodeDefinitions"
          placeholder="iosv, ubuntu"
          hint="Separated by commas."
        />
        <Field
          label="Host"
          name="host"
          placeholder="labs.example.org"
          hint="Where owners reach their ports."
        />
      </fieldset>
    </Sheet>
  );
}

/** A template that names no region leaves it open. */
function RegionField({ regions }: { readonly regions: readonly string[] }) {
  if (regions.length === 0) return <Field label="Region" name="region" required maxLength={40} />;
  return (
    <Select label="Region" name="region">
      {regions.map((region) => (
        <option key={region}>{region}</option>
      ))}
    </Select>
  );
}

function summary({ description, instanceType, licenseType, capacity }: Template): string {
  const { cpuCores, memoryGb, storageGb, nodes } = capacity;
  const room = `${cpuCores} cores, ${memoryGb} GiB memory, ${storageGb} GiB storage, ${nodes ?? 'unlimited'} nodes`;
  return `${description}: ${instanceType}, ${licenseType}, ${room}.`;
}
