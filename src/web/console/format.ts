const minutes = { month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' } as const;
const thisYear = new Intl.DateTimeFormat(undefined, minutes);
const anyYear = new Intl.DateTimeFormat(undefined, { year: 'numeric', ...minutes });
const time = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const precise = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** A moment of the API in the reader's own time zone. */
export function moment(iso: string): string {
  return precise.format(new Date(iso));
}

/** A slot: the date is said once where both ends share it, the year where it is not this one. */
export function slot(start: string, end: string): string {
  const [from, to] = [new Date(start), new Date(end)];
  const sameDay = from.toDateString() === to.toDateString();
  const full = to.getFullYear() === new Date().getFullYear() ? thisYear : anyYear;
  return `${full.format(from)} – ${(sameDay ? time : full).format(to)}`;
}

/** The end of an id, where ids differ. */
export function shortId(id: string): string {
  return `…${id.slice(-6)}`;
}

/** A key for repeats: random, unlike `crypto.randomUUID` also there without https. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
