/** State of an instance, status of a worker or definition: always as text, the colour only repeats it. */
const TONES: Readonly<Record<string, string>> = {
  RUNNING: 'good',
  ACTIVE: 'good',
  SCHEDULED: 'calm',
  INSTANTIATING: 'busy',
  PROVISIONING: 'busy',
  COLLECTING: 'busy',
  GRADING: 'busy',
  STOPPING: 'busy',
  DRAINING: 'busy',
  PENDING: 'waiting',
  FAILED: 'bad',
};

export function StateBadge({ state }: { readonly state: string }) {
  return (
    <span className="badge" data-tone={TONES[state] ?? 'quiet'}>
      {state}
    </span>
  );
}
