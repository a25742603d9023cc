import { RemovalPolicy } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { describe, expect, it } from 'vitest';
import type { ZoneProps } from '../../lib/infra/props.ts';
import { type Resource, synthesise } from './synthesis.ts';

function only(resources: Readonly<Record<string, Resource>>): Resource {
  const all = Object.values(resources);
  expect(all).toHaveLength(1);
  return all[0] as Resource;
}

describe('the table', () => {
  it('has pk, sk and ttl, is billed on demand, restorable to a point in time, protected and retained', () => {
    const table = only(synthesise().resources('AWS::DynamoDB::GlobalTable'));
    expect(table.DeletionPolicy).toBe('Retain');
    expect(table.Properties).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      Replicas: [{ DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }],
    });
    expect(table.Properties.StreamSpecification).toBeUndefined();
    expect(table.Properties.Replicas).toHaveLength(1);
  });

  it('goes with the stack when asked to', () => {
    const { resources } = synthesise({ removalPolicy: { table: RemovalPolicy.DESTROY } });
    const table = only(resources('AWS::DynamoDB::GlobalTable'));
    expect(table.DeletionPolicy).toBe('Delete');
    expect(table.Properties.Replicas[0].DeletionProtectionEnabled).toBe(false);
  });
});

describe('a regional bucket', () => {
  it('is private, encrypted, retained, owned by the account and aborts unfinished uploads', () => {
    const bucket = only(synthesise().resources('AWS::S3::Bucket'));
    expect(bucket.DeletionPolicy).toBe('Retain');
    expect(bucket.Properties).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
    });
    expect(bucket.Properties.LifecycleConfiguration.Rules).toEqual([
      {
        Id: 'abort-unfinished-uploads',
        Status: 'Enabled',
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
      },
    ]);
  });

  it('refuses requests without TLS, and those with TLS below 1.2', () => {
    const policy = only(synthesise().resources('AWS::S3::BucketPolicy'));
    const denied = policy.Properties.PolicyDocument.Statement.filter((s: { Effect: string }) => s.Effect === 'Deny');
    expect(denied.map((s: { Condition: unknown }) => s.Condition)).toEqual(
      expect.arrayContaining([{ Bool: { 'aws:SecureTransport': 'false' } }, { NumericLessThan: { 's3:TlsVersion': 1.2 } }]),
    );
    for (const statement of denied) expect(statement).toMatchObject({ Action: 's3:*', Principal: { AWS: '*' } });
  });

  it('is emptied and deleted with the stack when asked to', () => {
    const { resources } = synthesise({ removalPolicy: { buckets: RemovalPolicy.DESTROY } });
    expect(only(resources('AWS::S3::Bucket')).DeletionPolicy).toBe('Delete');
    expect(Object.keys(resources('Custom::S3AutoDeleteObjects'))).toHaveLength(1);
  });
});

describe('storage classes', () => {
  it('are rules by age and size for merged files alone', () => {
    const zones: ZoneProps = {
      kind: 'regional',
      count: 2,
      storageClasses: {
        classes: [
          { storageClass: 'STANDARD_IA', afterDays: 30 },
          { storageClass: 'GLACIER_IR', afterDays: 90 },
        ],
        minBytes: 8_388_608,
      },
    };
    const buckets = Object.values(synthesise({ zones }).resources('AWS::S3::Bucket'));
    expect(buckets).toHaveLength(2);
    for (const { Properties } of buckets) {
      expect(Properties.LifecycleConfiguration.Rules[1]).toEqual({
        Id: 'storage-classes',
        Status: 'Enabled',
        Prefix: 'log/',
        ObjectSizeGreaterThan: 8_388_608,
        Transitions: [
          { StorageClass: 'STANDARD_IA', TransitionInDays: 30 },
          { StorageClass: 'GLACIER_IR', TransitionInDays: 90 },
        ],
      });
    }
  });

  it.each([
    [[{ storageClass: 'STANDARD_IA', afterDays: 29 }], /STANDARD_IA after 29 days, it must be at least 30/],
    [
      [
        { storageClass: 'STANDARD_IA', afterDays: 30 },
        { storageClass: 'GLACIER_IR', afterDays: 45 },
      ],
      /GLACIER_IR after 45 days, it must be at least 60/,
    ],
  ] as const)('that S3 would refuse are refused before anything is deployed', (classes, message) => {
    expect(() => synthesise({ zones: { kind: 'regional', storageClasses: { classes } } })).toThrow(message);
  });
});

describe('zones', () => {
  it.each([1, 2, 3])('are %i regional buckets, and the functions are told all of them in order', (count) => {
    const { resources } = synthesise({ zones: { kind: 'regional', count } });
    expect(Object.keys(resources('AWS::S3::Bucket'))).toHaveLength(count);
    const functions = Object.values(resources('AWS::Lambda::Function'));
    expect(functions.length).toBeGreaterThan(6);
    for (const { Properties } of functions) {
      const zones = JSON.stringify(Properties.Environment.Variables.STRATALOG_ZONES);
      expect(zones.match(/zone-\d=/g)).toEqual(Array.from({ length: count }, (_, index) => `zone-${index + 1}=`));
    }
  });

  it.each([[['use1-az4']], [['use1-az4', 'use1-az5']], [['use1-az4', 'use1-az5', 'use1-az6']]])(
    'are S3 Express directory buckets in %j, encrypted, TLS only, without expiry',
    (availabilityZoneIds) => {
      const { resources } = synthesise({ zones: { kind: 'express', availabilityZoneIds } });
      expect(resources('AWS::S3::Bucket')).toEqual({});
      const buckets = Object.values(resources('AWS::S3Express::DirectoryBucket'));
      expect(buckets.map((bucket) => bucket.Properties.LocationName)).toEqual(availabilityZoneIds);
      for (const { DeletionPolicy, Properties } of buckets) {
        expect(DeletionPolicy).toBe('Retain');
        expect(Properties.DataRedundancy).toBe('SingleAvailabilityZone');
        expect(JSON.stringify(Properties.BucketName)).toContain(`--${Properties.LocationName}--x-s3`);
        expect(Properties.BucketEncryption.ServerSideEncryptionConfiguration).toEqual([
          { ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } },
        ]);
        expect(JSON.stringify(Properties.LifecycleConfiguration)).not.toMatch(/Expiration/);
      }
      const policies = Object.values(resources('AWS::S3Express::BucketPolicy'));
      expect(policies).toHaveLength(availabilityZoneIds.length);
      for (const { Properties } of policies) {
        expect(Properties.PolicyDocument.Statement[0]).toMatchObject({
          Effect: 'Deny',
          Action: 's3express:*',
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        });
      }
    },
  );

  it.each<[string, ZoneProps, RegExp]>([
    ['no zone', { kind: 'regional', count: 0 }, /zones: 0 zones.*1 to 3/],
    ['four zones', { kind: 'regional', count: 4 }, /zones: 4 zones.*1 to 3/],
    ['half a zone', { kind: 'regional', count: 1.5 }, /zones: 1\.5 zones/],
    ['no availability zone', { kind: 'express', availabilityZoneIds: [] }, /zones: 0 zones/],
    ['a zone name', { kind: 'express', availabilityZoneIds: ['us-east-1a'] }, /'us-east-1a' is not a zone id/],
    ['a zone twice', { kind: 'express', availabilityZoneIds: ['use1-az4', 'use1-az4'] }, /names a zone twice/],
  ])('refuse %s', (_, zones, message) => {
    expect(() => synthesise({ zones })).toThrow(message);
  });

  it('keep their buckets when another zone is added', () => {
    const before = Object.keys(synthesise({ zones: { kind: 'regional', count: 1 } }).resources('AWS::S3::Bucket'));
    const after = Object.keys(synthesise({ zones: { kind: 'regional', count: 3 } }).resources('AWS::S3::Bucket'));
    expect(after).toEqual(expect.arrayContaining(before));
  });
});

describe('the customer key', () => {
  it('encrypts buckets, table, queues, logs and environments', () => {
    const { resources } = synthesise((stack) => ({ encryptionKey: new Key(stack, 'Key', { enableKeyRotation: true }) }));
    const bucket = only(resources('AWS::S3::Bucket')).Properties.BucketEncryption.ServerSideEncryptionConfiguration[0];
    expect(bucket).toMatchObject({ BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } });
    const table = only(resources('AWS::DynamoDB::GlobalTable')).Properties;
    expect(table.SSESpecification).toEqual({ SSEEnabled: true, SSEType: 'KMS' });
    const keyed: [string, string][] = [
      ['AWS::SQS::Queue', 'KmsMasterKeyId'],
      ['AWS::Logs::LogGroup', 'KmsKeyId'],
      ['AWS::Lambda::Function', 'KmsKeyArn'],
    ];
    for (const [type, property] of keyed) {
      const all = Object.values(resources(type));
      expect(all.length, type).toBeGreaterThan(3);
      for (const { Properties } of all) expect(Properties[property], type).toBeDefined();
    }
  });
});

describe('what CloudFormation would replace', () => {
  it('keeps the logical ids it was shipped with', () => {
    const { resources } = synthesise({ zones: { kind: 'regional', count: 3 } });
    expect(Object.keys(resources('AWS::DynamoDB::GlobalTable'))).toEqual(['StratalogTableEDE21EFB']);
    expect(Object.keys(resources('AWS::S3::Bucket'))).toEqual([
      'StratalogZoneszone199354D61',
      'StratalogZoneszone2267F5518',
      expect.stringMatching(/^StratalogZoneszone3/),
    ]);
    expect(Object.keys(resources('AWS::Lambda::Url'))).toEqual(['StrataloghttpFunctionFunctionUrl27F88429']);
  });
});
