/**
 * The decoded steps of a path, or null where one is empty, `.`, not decodable, or holds a slash, a backslash or a
 * control character. A step `..` is left for the caller to judge. The text is taken apart here because a URL parser
 * removes such steps silently.
 */
export function pathSegments(path: string): string[] | null {
  const segments = path.split('/').map(decoded);
  return segments.every((segment) => segment !== null && isStep(segment)) ? (segments as string[]) : null;
}

function isStep(segment: string): boolean {
  return segment !== '' && segment !== '.' && !/[\p{Cc}/\\]/u.test(segment);
}

function decoded(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}
