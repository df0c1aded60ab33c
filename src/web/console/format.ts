const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const time = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const precise = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** A moment of the API in the reader's own time zone. */
export function moment(iso: string): string {
  return precise.format(new Date(iso));
}

/** A slot, the date said once where both ends share it. */
export function slot(start: string, end: string): string {
  const [from, to] = [new Date(start), new Date(end)];
  const sameDay = from.toDateString() === to.toDateString();
  return `${dateTime.format(from)} – ${(sameDay ? time : dateTime).format(to)}`;
}

/** The end of an id, where ids differ. */
export function shortId(id: string): string {
  return `…${id.slice(-6)}`;
}

/** `UPPER_CASE` of the API as words. */
export function words(name: string): string {
  const text = name.toLowerCase().replaceAll('_', ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A key for repeats: random, unlike `crypto.randomUUID` also there without https. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
