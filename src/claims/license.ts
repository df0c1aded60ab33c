/** Licence kinds of a CML controller. */
export const LICENSE_TYPES = ['PERSONAL', 'ENTERPRISE', 'EVALUATION'] as const;
export type LicenseType = (typeof LICENSE_TYPES)[number];

/** Nodes that may run on one worker under each licence, over all its claims together; null is no limit. */
export const LICENSE_NODE_LIMITS: Readonly<Record<LicenseType, number | null>> = {
  PERSONAL: 20,
  ENTERPRISE: null,
  EVALUATION: 5,
};

/** The node limit that counts on a worker: the lower of what it declares and what its licence allows; null is none. */
export function effectiveNodeLimit(licenseType: LicenseType, declaredNodes: number | null): number | null {
  const licensed = LICENSE_NODE_LIMITS[licenseType];
  if (licensed === null) return declaredNodes;
  return declaredNodes === null ? licensed : Math.min(licensed, declaredNodes);
}
