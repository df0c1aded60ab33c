/** Entries of a page where nobody says how many, and most that may be asked for. */
export const DEFAULT_PAGE = 50;
export const MAX_PAGE = 200;
