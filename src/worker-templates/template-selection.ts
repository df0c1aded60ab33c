import { DIMENSIONS, shortfalls, subtract, type Amounts, type Capacity } from '../claims/capacity.js';
import type { ImageRequirement } from '../claims/image.js';
import { effectiveNodeLimit, LICENSE_NODE_LIMITS, type LicenseType } from '../claims/license.js';
import { usablePorts } from '../claims/ports.js';
import { LabletError, type TemplateReason } from '../errors.js';
import { templateImageReasons } from './template-image.js';
import type { TemplateState } from './template.js';

/** What a template is selected for. */
export interface TemplateNeed {
  /** Room one instance needs; `nodes` are those that count against a licence. */
  readonly amounts: Amounts;
  readonly amiRequirements: readonly ImageRequirement[];
  readonly licenseAffinity: readonly LicenseType[];
  /** How many outside ports. */
  readonly ports: number;
  /** Where the worker is to run; null is anywhere. */
  readonly region: string | null;
}

/** A template that qualifies, and what is left on an empty worker of it once the need is met. */
export interface TemplateFit {
  readonly template: TemplateState;
  /** `nodes` under the lower of the template's limit and the licence's; null is no limit. */
  readonly spare: Capacity;
  readonly sparePorts: number;
}

export interface RejectedTemplate {
  readonly template: TemplateState;
  readonly reasons: readonly TemplateReason[];
}

export interface TemplateSelection {
  readonly chosen: TemplateFit;
  /** What qualifies too, the next best first. */
  readonly others: readonly TemplateFit[];
  /** By name. */
  readonly rejected: readonly RejectedTemplate[];
}

/**
 * The best template for a need, whatever the order of the templates: the cheapest one that qualifies, then the
 * smallest (specification, section 8).
 * @throws LabletError NO_TEMPLATE_FITS with every reason of every template
 */
export function selectFrom(templates: readonly TemplateState[], need: TemplateNeed): TemplateSelection {
  const judged = templates.map((template) => ({ template, reasons: rejectionReasons(template, need) }));
  const rejected = judged
    .filter(({ reasons }) => reasons.length > 0)
    .sort((a, b) => byName(a.template, b.template));
  const [chosen, ...others] = judged
    .filter(({ reasons }) => reasons.length === 0)
    .map(({ template }) => template)
    .sort(byPreference)
    .map((template) => fitOf(template, need));
  if (!chosen) throw noTemplateFits(rejected);
  return { chosen, others, rejected };
}

/** Every demand that the template does not meet; none when it qualifies. */
export function rejectionReasons(template: TemplateState, need: TemplateNeed): TemplateReason[] {
  const { licenseType, capacity, regions, portRange, excludedPorts, amiPattern } = template;
  const { amounts, licenseAffinity, ports, region } = need;
  const reasons: TemplateReason[] = [];
  const reject = (kind: TemplateReason['kind'], wanted: unknown, actual: unknown) =>
    reasons.push({ kind, need: String(wanted), actual: String(actual) });
  if (!template.enabled) reject('ENABLED', true, false);
  if (!licenseAffinity.includes(licenseType)) reject('LICENSE', licenseAffinity.join(', '), licenseType);
  reasons.push(...templateImageReasons(need.amiRequirements, amiPattern));
  const licensed = LICENSE_NODE_LIMITS[licenseType];
  if (licensed !== null && amounts.nodes > licensed) reject('NODE_LIMIT', amounts.nodes, licensed);
  for (const { dimension, need: wanted, free } of shortfalls(amounts, capacity)) {
    reject(dimension as Exclude<typeof dimension, 'CLAIM_BYTES'>, wanted, free);
  }
  const usable = usablePorts(portRange, excludedPorts);
  if (ports > usable) reject('PORTS', ports, usable);
  if (region !== null && regions.length > 0 && !regions.includes(region)) {
    reject('REGION', region, regions.join(', '));
  }
  return reasons;
}

function fitOf(template: TemplateState, { amounts, ports }: TemplateNeed): TemplateFit {
  const { licenseType, capacity, portRange, excludedPorts } = template;
  const room = { ...capacity, nodes: effectiveNodeLimit(licenseType, capacity.nodes) };
  const sparePorts = usablePorts(portRange, excludedPorts) - ports;
  return { template, spare: subtract(room, amounts), sparePorts };
}

/** Cheapest first, an unknown cost last; then the smallest, no limit of nodes last; then by name. */
function byPreference(a: TemplateState, b: TemplateState): number {
  const cost = nullLast(a.costPerHourUsd, b.costPerHourUsd);
  if (cost !== 0) return cost;
  for (const [field] of DIMENSIONS) {
    const size = nullLast(a.capacity[field], b.capacity[field]);
    if (size !== 0) return size;
  }
  return byName(a, b);
}

function nullLast(a: number | null, b: number | null): number {
  if (a === b) return 0;
  return (a ?? Infinity) - (b ?? Infinity);
}

function byName(a: TemplateState, b: TemplateState): number {
  return a.name < b.name ? -1 : 1;
}

function noTemplateFits(rejected: readonly RejectedTemplate[]): LabletError<'NO_TEMPLATE_FITS'> {
  const list = rejected.map(({ template, reasons }) => ({ name: template.name, reasons }));
  const said = list.map(({ name, reasons }) => `${name} (${reasons.map(({ kind }) => kind).join(', ')})`);
  const message = said.length === 0 ? 'there is none' : said.join(', ');
  return new LabletError('NO_TEMPLATE_FITS', `No worker template fits: ${message}.`, { rejected: list });
}
