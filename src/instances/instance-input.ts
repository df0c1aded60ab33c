import { z } from 'zod';
import * as field from '../lib/fields.js';

/** What a caller says of the run it asks for; the rules of the slot are the aggregate's. */
export const newInstance = z
  .strictObject({
    definitionId: field.id('def').nullish().describe('The version to run; or give `definitionName`.'),
    definitionName: field.definitionName
      .nullish()
      .describe('Name of the family; the latest version unless one is given.'),
    definitionVersion: field.semVer.nullish().describe('Version of `definitionName`.'),
    timeslotStart: field.dateTime
      .nullish()
      .describe('Start of the slot; now by default. At most 365 days ahead.'),
    timeslotEnd: field.dateTime
      .nullish()
      .describe('End of the slot, excluded; the longest allowed by default.'),
    reservationId: field.line(1, 64).nullish().describe('Reference of an outside booking, unique.'),
    ownerId: field
      .line(1, 255)
      .nullish()
      .describe('For whom; the caller by default. ADMIN and SERVICE only.'),
    idempotencyKey: field.idempotencyKey,
  })
  .refine(({ definitionId, definitionName }) => (definitionId == null) !== (definitionName == null), {
    path: ['definitionId'],
    message: 'give either definitionId or definitionName',
  })
  .refine(({ definitionId, definitionVersion }) => definitionId == null || definitionVersion == null, {
    path: ['definitionVersion'],
    message: 'goes with definitionName',
  });
