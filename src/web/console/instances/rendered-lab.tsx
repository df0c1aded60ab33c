import { RENDERED_LAB } from '../api.js';
import { ErrorNotice } from '../parts/error-notice.js';
import { useQuery } from '../use-query.js';

/** The lab file with this run's port numbers, as a controller imports it. */
export function RenderedLab({ id }: { readonly id: string }) {
  const { data, error } = useQuery(RENDERED_LAB, { id });
  const text = data?.instance.renderedLabYaml;
  return (
    <section>
      <h2>Rendered lab file</h2>
      <ErrorNotice error={error} />
      {data && text === null && <p className="hint">It is written when the instance is scheduled.</p>}
      {text && (
        <pre tabIndex={0} aria-label="Rendered lab file">
          {text}
        </pre>
      )}
    </section>
  );
}
