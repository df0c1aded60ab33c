import { setImmediate as nextTurn } from 'node:timers/promises';

/** Longest time a loop keeps others waiting, in ms. */
const SLICE_MS = 5;
/** The clock is read once in so many steps. */
const STEPS = 32;

/** Lets long loops give way to whatever else the process has to do. */
export class TimeSlice {
  #steps = 0;
  #since = performance.now();

  /** Call it once per step; true when it is time for {@link giveWay}. */
  isOver(): boolean {
    this.#steps += 1;
    return this.#steps % STEPS === 0 && performance.now() - this.#since > SLICE_MS;
  }

  async giveWay(): Promise<void> {
    await nextTurn();
    this.#since = performance.now();
  }
}
