import { z } from 'zod';
import { LICENSE_TYPES } from '../claims/license.js';
import * as field from '../lib/fields.js';

/** Fields of workers in requests, with their limits; ranges that depend on each other are checked by the aggregate. */

export const licenseType = z.enum(LICENSE_TYPES).meta({ id: 'LicenseType' });

export const capacity = z
  .strictObject({
    cpuCores: field.whole(1, 4096).describe('CPU cores, 1-4096.'),
    memoryGb: field.whole(1, 65_536).describe('Memory in GiB, 1-65536.'),
    storageGb: field.whole(10, 1_000_000).describe('Storage in GiB, 10-1000000.'),
    nodes: field.whole(1, 10_000).nullish().describe('CML nodes, 1-10000; null: no limit.'),
  })
  .meta({ id: 'CapacityInput', description: 'Total room of a worker.' });

/** Dimensions that change; the others stay. */
export const capacityChange = z
  .strictObject({
    cpuCores: field.whole(1, 4096).optional().describe('CPU cores, 1-4096.'),
    memoryGb: field.whole(1, 65_536).optional().describe('Memory in GiB, 1-65536.'),
    storageGb: field.whole(10, 1_000_000).optional().describe('Storage in GiB, 10-1000000.'),
    nodes: field.whole(1, 10_000).nullish().describe('CML nodes, 1-10000; null: no limit.'),
  })
  .meta({ id: 'CapacityChangeInput', description: 'New room of a worker; absent is unchanged.' });

export const port = z.int().min(1).max(65_535).meta({ graphql: 'Port' });

export const portRange = z
  .strictObject({ start: port.describe('Lowest number, from 1024.'), end: port.describe('Highest number.') })
  .meta({ id: 'PortRangeInput', description: 'Port numbers that may be handed out, both ends included.' });

export const excludedPorts = z.array(port).max(1000);

export const shortText = field.line(1, 40);

/** Facts that controllers report. */
export const factFields = {
  cloudInstanceId: field.line(1, 100).nullish().describe('Id of the machine in the cloud.'),
  amiName: field.line(1, 200).nullish().describe('Image the machine runs.'),
  cmlVersion: field.line(1, 40).nullish().describe('Version of CML, for example 2.9.0.'),
  nodeDefinitions: z.array(field.line(1, 100)).max(500).nullish().describe('Node definitions it offers.'),
  endpointUrl: field
    .uri(/^https$/, 'must be an https URL')
    .nullish()
    .describe('https address of its CML controller.'),
  host: field.line(1, 255).nullish().describe('Host name or address where owners reach ports.'),
};

const percent = z.number().min(0).max(100);

/** Load as a controller reports it. */
export const telemetry = z
  .strictObject({
    cpuPercent: percent.describe('CPU in use, 0-100.'),
    memoryPercent: percent.describe('Memory in use, 0-100.'),
    storagePercent: percent.describe('Storage in use, 0-100.'),
    labs: field.whole(0, 100_000).describe('Labs on the controller.'),
  })
  .meta({ id: 'TelemetryInput', description: 'Load of a worker.' });
