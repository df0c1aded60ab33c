import type { LicenseType, Page } from './api.js';
import { document } from './request.js';

/** Documents about definitions. */

export interface Definition {
  readonly id: string;
  readonly revision: number;
  readonly name: string;
  readonly version: string;
  readonly status: 'ACTIVE' | 'DEPRECATED' | 'ARCHIVED';
  readonly labArtifactUri: string;
  readonly nodeCount: number;
  readonly maxDurationMinutes: number;
  readonly licenseAffinity: readonly LicenseType[];
  readonly resourceRequirements: {
    readonly cpuCores: number;
    readonly memoryGb: number;
    readonly storageGb: number;
  };
  readonly portTemplate: readonly {
    readonly name: string;
    readonly kind: string;
    readonly protocol: string;
    readonly nodeLabel: string | null;
  }[];
  readonly createdAt: string;
  readonly createdBy: string;
}

const DEFINITION = `fragment Definition on LabletDefinition {
  id revision name version status labArtifactUri nodeCount maxDurationMinutes licenseAffinity createdAt createdBy
  resourceRequirements { cpuCores memoryGb storageGb }
  portTemplate { name kind protocol nodeLabel }
}`;

export const DEFINITIONS = document<
  { definitions: Page<Definition> },
  { status: Definition['status']; after: string | null }
>(
  `query Definitions($status: DefinitionStatus!, $after: String) {
    definitions(filter: { status: $status }, first: 100, after: $after) {
      nodes { ...Definition }
      pageInfo { hasNextPage endCursor }
    }
  } ${DEFINITION}`,
);

export interface CreateDefinitionInput {
  readonly name: string;
  readonly version: string;
  readonly labArtifactUri: string;
  readonly extractTopology: boolean;
  readonly resourceRequirements: {
    readonly cpuCores: number;
    readonly memoryGb: number;
    readonly storageGb: number;
    readonly amiRequirements: readonly {
      readonly minVersion: string | null;
      readonly nodeDefinitions: readonly string[] | null;
    }[];
  };
  readonly licenseAffinity: readonly LicenseType[];
  readonly maxDurationMinutes: number;
  readonly ownerNotification: { readonly email: string } | null;
}

export const CREATE_DEFINITION = document<
  { createDefinition: { definition: Definition; liveRevision: string | null } },
  { input: CreateDefinitionInput }
>(
  `mutation CreateDefinition($input: CreateDefinitionInput!) {
    createDefinition(input: $input) { definition { ...Definition } liveRevision }
  } ${DEFINITION}`,
);
