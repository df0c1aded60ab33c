/** An operation of a socket, from its message until all of it has ended. */
interface Operation {
  isSubscription: boolean;
  /** Its client has completed it; what is under way still ends. */
  isCompleted: boolean;
  /** The message of the next operation of the same id, which waits for that. */
  next: string | null;
}

export interface OperationTurnsParts {
  /** Hands a message to the protocol; settles once the operation that it starts has ended. */
  readonly deliver: (text: string) => Promise<void>;
  /** A client may use an id again only once it has completed the operation before. */
  readonly onTaken: (id: string) => void;
}

/**
 * The operations of one socket. graphql-ws knows them by id, and takes an operation that still winds down for the next
 * one of its id: it would end that in its place, and leave it running for ever. So the next one waits until then.
 */
export class OperationTurns {
  readonly #parts: OperationTurnsParts;
  readonly #operations = new Map<string, Operation>();
  #isClosed = false;

  constructor(parts: OperationTurnsParts) {
    this.#parts = parts;
  }

  /** Subscriptions that have not ended, those that wind down included. */
  get subscriptions(): number {
    let count = 0;
    for (const { isSubscription } of this.#operations.values()) if (isSubscription) count++;
    return count;
  }

  /** The operation of this id has turned out to be a subscription. */
  markSubscription(id: string): void {
    const operation = this.#operations.get(id);
    if (operation) operation.isSubscription = true;
  }

  /** Takes a message of the client. @throws what delivering it throws */
  take(text: string): Promise<void> {
    const { type, id } = headOf(text);
    const operation = id === null ? undefined : this.#operations.get(id);
    if (type === 'subscribe' && id !== null) {
      if (!operation) return this.#run(id, text);
      if (operation.isCompleted) {
        if (operation.next === null) operation.next = text;
        else this.#parts.onTaken(id);
        return Promise.resolve();
      }
    } else if (type === 'complete' && operation) {
      if (operation.isCompleted) {
        operation.next = null;
        return Promise.resolve();
      }
      operation.isCompleted = true;
    }
    // Whatever else it may be, the protocol knows what to say to it.
    return this.#parts.deliver(text);
  }

  /** The socket has closed: nothing more begins. */
  close(): void {
    this.#isClosed = true;
  }

  async #run(id: string, first: string): Promise<void> {
    let text: string | null = first;
    while (text !== null && !this.#isClosed) {
      const operation: Operation = { isSubscription: false, isCompleted: false, next: null };
      this.#operations.set(id, operation);
      try {
        await this.#parts.deliver(text);
      } finally {
        this.#operations.delete(id);
      }
      text = operation.next;
    }
  }
}

/** Of what is no message nothing is known; the protocol refuses it. */
function headOf(text: string): { type: unknown; id: string | null } {
  try {
    const { type, id } = JSON.parse(text) as { type?: unknown; id?: unknown };
    return { type, id: typeof id === 'string' ? id : null };
  } catch {
    return { type: null, id: null };
  }
}
