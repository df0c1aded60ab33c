/** How far a controller has come with a port of an instance. */
export const PORT_STATUSES = ['ALLOCATED', 'CONFIGURED', 'REACHABLE'] as const;
export type PortStatus = (typeof PORT_STATUSES)[number];
