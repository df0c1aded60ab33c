import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import type { Config } from '../config.js';
import { parseHostPort } from '../lib/host-port.js';
import type { ArtifactReaderOptions } from './artifact-reader.js';
import type { S3Access } from './artifact-object.js';

/** What the settings say of lab files. @throws Error when ARTIFACT_CA_FILE cannot be read or holds no certificate */
export function artifactOptions(config: Config, fileRoot: string | null): ArtifactReaderOptions {
  const { artifactHosts: hosts, artifactAllowPrivate: allowPrivate } = config;
  return {
    fileRoot,
    network: { hosts, allowPrivate, ca: trusted(config.artifactCaFile) },
    s3: { access: s3Access(config), buckets: config.s3Buckets },
    maxBytes: config.artifactMaxBytes,
    timeoutMs: config.artifactTimeoutSeconds * 1000,
  };
}

function trusted(file: string | null): string[] | undefined {
  if (file === null) return undefined;
  const pem = readFileSync(file, 'utf8');
  try {
    new X509Certificate(pem);
  } catch (error) {
    // TLS would pass over it in silence and then trust nobody of its own.
    throw new Error(`ARTIFACT_CA_FILE ${file} holds no certificate (PEM)`, { cause: error });
  }
  return [...rootCertificates, pem];
}

function s3Access(config: Config): S3Access | null {
  const { s3Endpoint, s3Tls: tls, s3Region: region, s3AccessKey: accessKey, s3SecretKey: secretKey } = config;
  const endpoint = parseHostPort(s3Endpoint ?? '', tls ? 443 : 80);
  if (endpoint === null || accessKey === null || secretKey === null) return null;
  return { endpoint, tls, region, accessKey, secretKey };
}
