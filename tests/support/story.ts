import { readFileSync } from 'node:fs';
import {
  CreateDefinitionDocument,
  CreateInstanceDocument,
  RegisterWorkerDocument,
  ScheduleInstanceDocument,
  TerminateInstanceDocument,
  TransitionInstanceDocument,
  TransitionWorkerDocument,
  type CreateDefinitionInput,
  type CreateInstanceInput,
  type InstanceState,
  type LabletClient,
  type RegisterWorkerInput,
  type WorkerStatus,
} from '../../src/client/index.js';

/** The example definition as an author sends it, from the shipped files. */
export function exampleDefinition(): CreateDefinitionInput {
  const url = new URL('../../examples/definitions/branch-vpn.json', import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8')) as CreateDefinitionInput;
}

/** A definition without a lab file: four cores and `ports` ports. */
export function plainDefinition(name: string, ports = 2): CreateDefinitionInput {
  return {
    name,
    version: '1.0.0',
    labArtifactUri: 'file:///labs/none.yaml',
    resourceRequirements: { cpuCores: 1, memoryGb: 1, storageGb: 1 },
    portTemplate: Array.from({ length: ports }, (_, index) => ({ name: `port_${index}` })),
  };
}

/** Tells the main path step by step; each step answers the object after it. */
export function story(client: LabletClient) {
  return {
    async definition(input: CreateDefinitionInput = exampleDefinition()) {
      const { createDefinition } = await client.request(CreateDefinitionDocument, { input });
      return required(createDefinition).definition;
    },
    async worker(input: RegisterWorkerInput) {
      const { registerWorker } = await client.request(RegisterWorkerDocument, { input });
      return required(registerWorker).worker;
    },
    async moveWorker(id: string, to: WorkerStatus, options: { force?: boolean } = {}) {
      const { transitionWorker } = await client.request(TransitionWorkerDocument, {
        input: { id, to, ...options },
      });
      return required(transitionWorker).worker;
    },
    /** A RUNNING worker from the standard template that satisfies the example's demands. */
    async runningWorker(name: string) {
      const { id } = await this.worker({
        name,
        templateName: 'personal-standard',
        cmlVersion: '2.9.0',
        nodeDefinitions: ['iosv', 'ubuntu'],
        host: `${name}.example.org`,
      });
      await this.moveWorker(id, 'PROVISIONING');
      return this.moveWorker(id, 'RUNNING');
    },
    async instance(input: CreateInstanceInput) {
      const { createInstance } = await client.request(CreateInstanceDocument, { input });
      return required(createInstance).instance;
    },
    async schedule(id: string, workerId: string) {
      const { scheduleInstance } = await client.request(ScheduleInstanceDocument, {
        input: { id, workerId },
      });
      return required(scheduleInstance).instance;
    },
    async move(id: string, to: InstanceState, options: { cmlLabId?: string; reason?: string } = {}) {
      const { transitionInstance } = await client.request(TransitionInstanceDocument, {
        input: { id, to, ...options },
      });
      return required(transitionInstance).instance;
    },
    async terminate(id: string, reason?: string) {
      const { terminateInstance } = await client.request(TerminateInstanceDocument, {
        input: { id, reason },
      });
      return required(terminateInstance).instance;
    },
  };
}

export function required<T>(value: T | null | undefined): T {
  if (value == null) throw new Error('the answer holds nothing');
  return value;
}
