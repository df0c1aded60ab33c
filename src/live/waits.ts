/** Callers that wait until something holds; it is looked at whenever `check` is called. */
export class Waits {
  readonly #looks = new Set<(isOver?: boolean) => void>();
  #isOver = false;

  check(): void {
    for (const look of this.#looks) look();
  }

  /** Nobody waits any longer; what does not hold now counts as in vain. */
  end(): void {
    this.#isOver = true;
    for (const look of this.#looks) look(true);
  }

  /** True once `holds` does; false when `timeoutMs` passed first. */
  until(holds: () => boolean, timeoutMs: number): Promise<boolean> {
    if (holds()) return Promise.resolve(true);
    if (this.#isOver) return Promise.resolve(false);
    return new Promise((resolve) => {
      const look = (isOver = false) => {
        const result = holds();
        if (!result && !isOver) return;
        clearTimeout(timer);
        this.#looks.delete(look);
        resolve(result);
      };
      const timer = setTimeout(() => look(true), timeoutMs);
      this.#looks.add(look);
    });
  }
}
