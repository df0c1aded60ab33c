/** What a suite written for Jest imports, given by the runner of our tests. */
import { afterEach as afterEachTest } from 'vitest';

export { afterAll, beforeAll, beforeEach, describe, expect, it, test, vi as jest } from 'vitest';

type Hook = (done: (error?: Error) => void) => unknown;

/** Jest lets a hook say by a callback that it is done. */
export function afterEach(hook: Hook): void {
  afterEachTest(async () => {
    if (hook.length === 0) await hook(() => undefined);
    else {
      await new Promise<void>((resolve, reject) => {
        void hook((error) => (error === undefined ? resolve() : reject(error)));
      });
    }
  });
}
