import { GraphiQL } from 'graphiql';
import { defaultTabs, initialVariables } from './default-tab.js';
import { fetcher } from './fetcher.js';
import { TokenBar } from './token-bar.js';

const firstVariables = initialVariables();

export function Explorer() {
  return (
    <div className="explorer">
      <TokenBar />
      <GraphiQL
        fetcher={fetcher}
        defaultTabs={defaultTabs}
        {...firstVariables}
        defaultEditorToolsVisibility="variables"
      >
        <GraphiQL.Logo>Lablet Explorer</GraphiQL.Logo>
      </GraphiQL>
    </div>
  );
}
