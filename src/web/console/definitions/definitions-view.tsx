import { useState } from 'react';
import { DEFINITIONS, type Definition } from '../api-definitions.js';
import { DefinitionTable } from './definition-table.js';
import { ErrorNotice } from '../parts/error-notice.js';
import { Select } from '../parts/field.js';
import { may, whoMay } from '../rights.js';
import { hrefTo } from '../route.js';
import { useSession } from '../session-context.js';
import { useQuery } from '../use-query.js';

export function DefinitionsView() {
  const { viewer } = useSession();
  const [status, setStatus] = useState<Definition['status']>('ACTIVE');
  const [trail, setTrail] = useState<readonly string[]>([]);
  const { data, error } = useQuery(DEFINITIONS, { status, after: trail.at(-1) ?? null });
  const definitions = data?.definitions.nodes ?? [];
  const { hasNextPage = false, endCursor = null } = data?.definitions.pageInfo ?? {};

  const show = (next: string) => {
    setStatus(next as Definition['status']);
    setTrail([]);
  };

  return (
    <>
      <div className="heading">
        <h1 tabIndex={-1}>Definitions</h1>
        {may(viewer, 'createDefinition') ? (
          <a className="button primary" href={hrefTo('definitions', 'new')}>
            New definition
          </a>
        ) : (
          <span className="hint">{whoMay('createDefinition')} may add one.</span>
        )}
      </div>
      <div className="filters">
        <Select label="Status" value={status} onChange={(event) => show(event.target.value)}>
          <option>ACTIVE</option>
          <option>DEPRECATED</option>
          <option>ARCHIVED</option>
        </Select>
      </div>
      <ErrorNotice error={error} />
      {data && definitions.length === 0 && <p className="hint">No definition is {status}.</p>}
      <DefinitionTable definitions={definitions} />
      <div className="buttons">
        {trail.length > 0 && (
          <button type="button" onClick={() => setTrail(trail.slice(0, -1))}>
            Previous page
          </button>
        )}
        {hasNextPage && endCursor && (
          <button type="button" onClick={() => setTrail([...trail, endCursor])}>
            Next page
          </button>
        )}
      </div>
    </>
  );
}
