/** What the first tab shows: the way of a run from its definition to its changes, one operation after the other. */
const query = `# From a lab file to a running lab, step by step.
# Put the cursor into an operation and press Ctrl+Enter
# (Cmd+Enter on a Mac). Copy the ids that it answers
# into the variables below, then go on with the next.

mutation CreateDefinition($definition: CreateDefinitionInput!) {
  createDefinition(input: $definition) {
    definition {
      id
      name
      version
      nodeCount
      portTemplate { name kind nodeLabel }
    }
  }
}

mutation RegisterWorker($worker: RegisterWorkerInput!) {
  registerWorker(input: $worker) {
    worker {
      id
      name
      status
      capacity {
        available { cpuCores memoryGb storageGb nodes }
      }
    }
  }
}

# A new worker is PENDING:
# move it to PROVISIONING, then to RUNNING.
mutation TransitionWorker($workerId: ID!, $to: WorkerStatus!) {
  transitionWorker(input: { id: $workerId, to: $to }) {
    worker { id name status }
  }
}

mutation CreateInstance($definitionName: String!) {
  createInstance(input: { definitionName: $definitionName }) {
    instance { id state timeslotStart timeslotEnd }
    liveRevision
  }
}

mutation ScheduleInstance($instanceId: ID!, $workerId: ID!) {
  scheduleInstance(
    input: { id: $instanceId, workerId: $workerId }
  ) {
    instance {
      id
      state
      allocatedPorts { name number }
    }
    liveRevision
  }
}

# Keeps going until it is stopped: change instances
# in another tab and see it here.
subscription InstanceChanges($after: LiveRevision) {
  instanceChanges(after: $after) {
    kind
    liveRevision
    instanceId
    transition { from to at sequence }
    instance { id state definitionName revision }
  }
}
`;

const variables = {
  definition: {
    name: 'Branch VPN Troubleshooting',
    version: '1.0.0',
    labArtifactUri: 'file:///labs/branch-vpn.yaml',
    extractTopology: true,
    resourceRequirements: { cpuCores: 3, memoryGb: 5, storageGb: 50 },
    maxDurationMinutes: 120,
  },
  worker: { name: 'worker-1', templateName: 'personal-standard' },
  definitionName: 'Branch VPN Troubleshooting',
  workerId: 'wrk_',
  to: 'PROVISIONING',
  instanceId: 'ins_',
  after: null,
};

export const defaultTabs = [{ query, variables: JSON.stringify(variables, null, 2) }];

/**
 * GraphiQL shows the variables of a default tab only when they are given as initial ones too, and initial ones
 * would replace what was typed before: so they are given at the first visit.
 */
export function initialVariables(): { initialVariables?: string } {
  const [first] = defaultTabs;
  return first && localStorage.getItem('graphiql:tabState') === null
    ? { initialVariables: first.variables }
    : {};
}
