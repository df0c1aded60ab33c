import { z } from 'zod';
import { ANYONE, visibleInstances } from '../auth/policies.js';
import type { Collection, Filter } from '../db/document-store.js';
import { notFound } from '../errors.js';
import * as field from '../lib/fields.js';
import { query, type Call } from '../lib/operation.js';
import type { LivePositions } from '../live/live-positions.js';
import type { InstanceDocument } from './instance-model.js';
import type { InstanceState } from './instance-state.js';
import { viewInstance } from './view-instance.js';

interface Deps {
  readonly collections: { readonly instances: Collection<InstanceDocument> };
}

const note = 'AUTHOR and USER: own instances only';

export const getInstance = query({
  name: 'instance',
  summary: 'One instance by its id.',
  request: z.strictObject({ id: field.id('ins').describe('The instance.'), atLeast: field.atLeast }),
  allow: { roles: ANYONE, note },
  async handle({ collections, positions }: Deps & { positions: LivePositions }, { id, atLeast }, call) {
    await positions.seen(atLeast);
    return visible(await collections.instances.get(id), id, call);
  },
});

export const getInstanceByReservation = query({
  name: 'instanceByReservation',
  summary: 'The instance of an outside booking.',
  request: z.strictObject({ reservationId: field.line(1, 64).describe('Reference of the booking.') }),
  allow: { roles: ANYONE, note },
  async handle({ collections }: Deps, { reservationId }, call) {
    const filter: Filter = { reservationGuard: `r:${reservationId}` };
    const [found] = await collections.instances.find(filter, { index: 'reservationGuard', limit: 1 });
    return visible(found ?? null, reservationId, call);
  },
});

function visible(found: InstanceDocument | null, key: string, { actor }: Call): InstanceState {
  if (!found || !visibleInstances(actor).sees(found)) throw notFound('LabletInstance', key);
  return viewInstance(found);
}
