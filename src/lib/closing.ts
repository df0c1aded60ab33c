/** Anything that owns a resource. */
export interface Closable {
  close(): Promise<void> | void;
}

/** Collects what was opened and closes it in reverse order; one failure does not keep the rest open. */
export class Closing implements Closable {
  readonly #stack: { name: string; close: () => Promise<void> | void }[] = [];

  add<T extends Closable>(name: string, resource: T): T {
    this.#stack.push({ name, close: () => resource.close() });
    return resource;
  }

  defer(name: string, close: () => Promise<void> | void): void {
    this.#stack.push({ name, close });
  }

  async close(): Promise<void> {
    const faults: unknown[] = [];
    for (let entry = this.#stack.pop(); entry; entry = this.#stack.pop()) {
      try {
        await entry.close();
      } catch (error) {
        faults.push(new Error(`closing ${entry.name} failed`, { cause: error }));
      }
    }
    if (faults.length > 0) throw new AggregateError(faults, 'some resources could not be closed');
  }
}
