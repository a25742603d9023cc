import { ArnFormat, Aws, Duration, Fn, Names, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, type LifecycleRule, ObjectOwnership, StorageClass } from 'aws-cdk-lib/aws-s3';
import { CfnBucketPolicy, CfnDirectoryBucket } from 'aws-cdk-lib/aws-s3express';
import { Construct } from 'constructs';
import { acknowledge, BUCKET_EXCEPTIONS } from './nag-exceptions.ts';
import { checkStorageClasses, type StorageClassProps, type ZoneProps, zonesOf } from './props.ts';

/** One zone's bucket, whatever its kind, as functions and grants need it. */
export interface Zone {
  /** Stored in entries that name this zone; never changes for a bucket. */
  readonly id: string;
  readonly kind: ZoneProps['kind'];
  readonly bucketName: string;
  readonly bucketArn: string;
}

export interface ZoneOptions {
  readonly zones?: ZoneProps | undefined;
  readonly removalPolicy?: RemovalPolicy | undefined;
  readonly encryptionKey?: IKey | undefined;
}

/**
 * The buckets of all zones. None has a rule that expires objects: an object is deleted by retention, merge or sweep,
 * which know whether anything names it, and by nothing else. Uploads that were begun and never finished hold no
 * object and go after a day.
 */
export function createZones(scope: Construct, options: ZoneOptions): readonly Zone[] {
  const zones = zonesOf(options.zones);
  const parent = new Construct(scope, 'Zones');
  if (zones.kind === 'regional') {
    return Array.from({ length: zones.count }, (_, index) =>
      createRegionalZone(parent, `zone-${index + 1}`, options, zones.storageClasses),
    );
  }
  return zones.availabilityZoneIds.map((zoneId) => createExpressZone(parent, zoneId, options));
}

const S3_CLASSES: Readonly<Record<StorageClassProps['classes'][number]['storageClass'], StorageClass>> = {
  INTELLIGENT_TIERING: StorageClass.INTELLIGENT_TIERING,
  STANDARD_IA: StorageClass.INFREQUENT_ACCESS,
  GLACIER_IR: StorageClass.GLACIER_INSTANT_RETRIEVAL,
};
const STORAGE_CLASS_BYTES_DEFAULT = 1024 * 1024;

/** Merged files of some size go to cheaper classes as they age; S3 does it, and their keys and bytes stay. */
function storageClassRules(props: StorageClassProps | undefined): LifecycleRule[] {
  if (props === undefined || props.classes.length === 0) return [];
  checkStorageClasses(props);
  return [
    {
      id: 'storage-classes',
      prefix: 'log/',
      objectSizeGreaterThan: props.minBytes ?? STORAGE_CLASS_BYTES_DEFAULT,
      transitions: props.classes.map(({ storageClass, afterDays }) => ({
        storageClass: S3_CLASSES[storageClass],
        transitionAfter: Duration.days(afterDays),
      })),
    },
  ];
}

function createRegionalZone(scope: Construct, id: string, options: ZoneOptions, storageClasses: StorageClassProps | undefined): Zone {
  const removalPolicy = options.removalPolicy ?? RemovalPolicy.RETAIN;
  const bucket = new Bucket(scope, id, {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    encryption: options.encryptionKey ? BucketEncryption.KMS : BucketEncryption.S3_MANAGED,
    ...(options.encryptionKey && { encryptionKey: options.encryptionKey, bucketKeyEnabled: true }),
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    // Objects are written once and never changed, so versions would only keep what was deleted on purpose.
    versioned: false,
    lifecycleRules: [
      { id: 'abort-unfinished-uploads', abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ...storageClassRules(storageClasses),
    ],
    removalPolicy,
    autoDeleteObjects: removalPolicy === RemovalPolicy.DESTROY,
  });
  acknowledge(bucket, BUCKET_EXCEPTIONS);
  return { id, kind: 'regional', bucketName: bucket.bucketName, bucketArn: bucket.bucketArn };
}

/** A directory bucket's name must end in its zone, so it cannot be left to CloudFormation as other names are. */
function createExpressZone(scope: Construct, zoneId: string, options: ZoneOptions): Zone {
  const stack = Stack.of(scope);
  const hash = Names.uniqueId(scope).slice(-8).toLowerCase();
  const stackPart = Fn.select(0, Fn.split('-', Fn.select(2, Fn.split('/', Aws.STACK_ID))));
  const bucketName = `stratalog-${hash}-${stackPart}--${zoneId}--x-s3`;
  const bucketArn = stack.formatArn({
    service: 's3express',
    resource: 'bucket',
    resourceName: bucketName,
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });
  const bucket = new CfnDirectoryBucket(scope, zoneId, {
    bucketName,
    dataRedundancy: 'SingleAvailabilityZone',
    locationName: zoneId,
    bucketEncryption: { serverSideEncryptionConfiguration: [expressEncryption(options.encryptionKey)] },
    lifecycleConfiguration: {
      rules: [
        {
          id: 'abort-unfinished-uploads',
          status: 'Enabled',
          abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
        },
      ],
    },
  });
  bucket.applyRemovalPolicy(options.removalPolicy ?? RemovalPolicy.RETAIN);
  const policy = new CfnBucketPolicy(scope, `${zoneId}-policy`, {
    bucket: bucketName,
    policyDocument: tlsOnly(bucketArn),
  });
  policy.addResourceDependency(bucket);
  return { id: zoneId, kind: 'express', bucketName, bucketArn };
}

function expressEncryption(key: IKey | undefined): CfnDirectoryBucket.ServerSideEncryptionRuleProperty {
  return key
    ? {
        bucketKeyEnabled: true,
        serverSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId: key.keyArn },
      }
    : { serverSideEncryptionByDefault: { sseAlgorithm: 'AES256' } };
}

/** Every request to a directory bucket goes through a session or the bucket's own actions, all under one prefix. */
function tlsOnly(bucketArn: string): PolicyDocument {
  return new PolicyDocument({
    statements: [
      new PolicyStatement({
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['s3express:*'],
        resources: [bucketArn],
        conditions: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    ],
  });
}
