import { LabletError } from '../errors.js';

/** Why an address of a lab file is refused. */
export type ArtifactRule =
  | 'SCHEME_NOT_ALLOWED'
  | 'URI_MALFORMED'
  | 'NO_FILE_ROOT'
  | 'HOST_NOT_ALLOWED'
  | 'OUTSIDE_ROOT'
  | 'NOT_A_FILE'
  | 'HOST_NOT_LISTED'
  | 'USER_PART'
  | 'PRIVATE_ADDRESS'
  | 'REDIRECT'
  | 'NO_S3_ENDPOINT'
  | 'BUCKET_NOT_LISTED';

/** Why an allowed lab file cannot be had now. */
export type ArtifactCause =
  | 'NOT_FOUND'
  | 'DENIED'
  | 'TIMEOUT'
  | 'UNREACHABLE'
  | 'CERTIFICATE'
  | 'CONTENT_ENCODING'
  | `HTTP_${number}`
  | 'READ_FAILED';

export function notAllowed(rule: ArtifactRule, message: string): LabletError<'ARTIFACT_NOT_ALLOWED'> {
  return new LabletError('ARTIFACT_NOT_ALLOWED', message, { rule });
}

/** `error` is what made it so, for the log; `details` and message never repeat it. */
export function unavailable(
  cause: ArtifactCause,
  message: string,
  error?: unknown,
): LabletError<'ARTIFACT_UNAVAILABLE'> {
  return new LabletError('ARTIFACT_UNAVAILABLE', message, { cause }, error == null ? {} : { cause: error });
}
