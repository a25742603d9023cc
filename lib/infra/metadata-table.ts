import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

/**
 * The one table: string keys `pk` and `sk`, time to live in `ttl`, on demand, one region, point-in-time recovery.
 *
 * Key names, key types and the construct's id decide whether CloudFormation replaces the table. They are pinned:
 * a test holds the logical id and the key schema against what was shipped.
 */
export function createMetadataTable(
  scope: Construct,
  options: { readonly removalPolicy?: RemovalPolicy | undefined; readonly encryptionKey?: IKey | undefined },
): TableV2 {
  const removalPolicy = options.removalPolicy ?? RemovalPolicy.RETAIN;
  return new TableV2(scope, 'Table', {
    partitionKey: { name: 'pk', type: AttributeType.STRING },
    sortKey: { name: 'sk', type: AttributeType.STRING },
    timeToLiveAttribute: 'ttl',
    billing: Billing.onDemand(),
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    encryption: options.encryptionKey ? TableEncryptionV2.customerManagedKey(options.encryptionKey) : TableEncryptionV2.dynamoOwnedKey(),
    deletionProtection: removalPolicy !== RemovalPolicy.DESTROY,
    removalPolicy,
  });
}
