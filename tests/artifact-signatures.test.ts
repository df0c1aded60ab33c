/** The tests' own check of S3 signatures agrees with the examples that AWS publishes. */
import { describe, expect, it } from 'vitest';
import { signatureFault, signatureOf, type SignedRequest } from './support/signatures.js';

const ACCOUNT = {
  accessKey: 'AKIAIOSFODNN7EXAMPLE',
  secretKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  region: 'us-east-1',
};
const NOON = new Date('2013-05-24T00:00:00Z');
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

function example(
  method: string,
  url: string,
  more: Record<string, string>,
  signature: string,
): SignedRequest {
  const headers: Record<string, string> = {
    host: 'examplebucket.s3.amazonaws.com',
    'x-amz-content-sha256': EMPTY,
    'x-amz-date': '20130524T000000Z',
    ...more,
  };
  const signed = Object.keys(headers).sort().join(';');
  const credential = `${ACCOUNT.accessKey}/20130524/us-east-1/s3/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential},SignedHeaders=${signed},Signature=${signature}`;
  return { method, url, headers: { ...headers, authorization } };
}

const GET_OBJECT = example(
  'GET',
  '/test.txt',
  { range: 'bytes=0-9' },
  'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
);

describe('an example of AWS', () => {
  it.each([
    ['GET object', GET_OBJECT],
    [
      'PUT object',
      example(
        'PUT',
        '/test%24file.text',
        {
          date: 'Fri, 24 May 2013 00:00:00 GMT',
          'x-amz-content-sha256': '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
          'x-amz-storage-class': 'REDUCED_REDUNDANCY',
        },
        '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
      ),
    ],
    [
      'GET bucket lifecycle',
      example('GET', '/?lifecycle', {}, 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543'),
    ],
    [
      'list objects',
      example(
        'GET',
        '/?max-keys=2&prefix=J',
        {},
        '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
      ),
    ],
  ])('%s is accepted', (_, request) => {
    expect(signatureFault(request, ACCOUNT, NOON)).toBeNull();
  });

  it('is refused when anything that was signed is different', () => {
    const { headers } = GET_OBJECT;
    const fault = (change: Partial<SignedRequest>, account = ACCOUNT) =>
      signatureFault({ ...GET_OBJECT, ...change }, account, NOON);
    expect(fault({ method: 'PUT' })).toBe('SignatureDoesNotMatch');
    expect(fault({ url: '/test.txt?x=1' })).toBe('SignatureDoesNotMatch');
    expect(fault({ url: '/Test.txt' })).toBe('SignatureDoesNotMatch');
    expect(fault({ headers: { ...headers, range: 'bytes=0-10' } })).toBe('SignatureDoesNotMatch');
    expect(fault({ headers: { ...headers, host: 'other.example' } })).toBe('SignatureDoesNotMatch');
    expect(fault({}, { ...ACCOUNT, secretKey: 'other' })).toBe('SignatureDoesNotMatch');
    expect(fault({}, { ...ACCOUNT, accessKey: 'other' })).toBe('InvalidAccessKeyId');
    expect(fault({}, { ...ACCOUNT, region: 'eu-west-1' })).toBe('AuthorizationHeaderMalformed');
    expect(fault({ headers: {} })).toBe('AccessDenied');
    expect(signatureFault(GET_OBJECT, ACCOUNT, new Date('2013-05-24T00:15:01Z'))).toBe(
      'RequestTimeTooSkewed',
    );
  });

  it('has exactly the published signature', () => {
    const signed = ['host', 'range', 'x-amz-content-sha256', 'x-amz-date'];
    expect(signatureOf(GET_OBJECT, ACCOUNT, signed)).toBe(
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    );
  });
});
