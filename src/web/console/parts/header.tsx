import { useLiveInstances, useSession } from '../session-context.js';
import { may } from '../rights.js';
import { hrefTo, useRoute } from '../route.js';
import { signOut } from '../session.js';
import { useAction } from '../use-action.js';
import { ConnectionBadge } from './connection-badge.js';
import { ErrorNotice } from './error-notice.js';

export function Header({ onSignedOut }: { readonly onSignedOut: () => void }) {
  const { viewer } = useSession();
  const { connection, liveRevision } = useLiveInstances();
  const [current = 'instances'] = useRoute();
  const leaving = useAction();
  const views = [
    ['instances', 'Instances'],
    ['book', 'Book a run'],
    ...(may(viewer, 'readWorkers') ? [['workers', 'Workers'] as const] : []),
    ['definitions', 'Definitions'],
  ] as const;
  const leave = () =>
    void leaving.run(async () => {
      await signOut();
      onSignedOut();
    });

  return (
    <header>
      <a className="skip" href="#content" onClick={skipToContent}>
        Skip to the content
      </a>
      <div className="bar">
        <strong className="product">Lablet Control Plane</strong>
        <ConnectionBadge connection={connection} liveRevision={liveRevision} />
        <span className="caller">
          <span>
            {viewer.subject} <small>{viewer.roles.join(', ')}</small>
          </span>
          <button type="button" onClick={leave} disabled={leaving.busy}>
            Sign out
          </button>
        </span>
      </div>
      <nav aria-label="Views">
        {views.map(([view, label]) => (
          <a key={view} href={hrefTo(view)} aria-current={view === current ? 'page' : undefined}>
            {label}
          </a>
        ))}
        <a className="aside" href="/explorer">
          API explorer
        </a>
      </nav>
      <ErrorNotice error={leaving.error} />
    </header>
  );
}

/** The fragment names the view, so the jump is made here. */
function skipToContent(event: { preventDefault(): void }): void {
  event.preventDefault();
  document.querySelector<HTMLElement>('main h1')?.focus();
}
