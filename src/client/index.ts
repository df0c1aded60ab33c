export * from './client.js';
export * from './errors.js';
export type { FollowOptions } from './follow.js';
export * from './generated.js';
export { WaitFailed, type WaitOptions } from './wait-for.js';
