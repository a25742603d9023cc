import { App, Stack, Validations } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { ArnPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import type { StratalogProps } from '../../lib/infra/props.ts';
import { StratalogStack } from '../../lib/infra/stack.ts';
import { placeholderBundles } from './placeholder-bundles.ts';

const env = { account: '111122223333', region: 'us-east-1' };

/** Throws when cdk-nag finds anything that is not acknowledged. Resources that props need live in an unchecked app. */
function check(props: StratalogProps, extend: (stack: StratalogStack) => void = () => {}): void {
  const app = new App({ context: { '@aws-cdk/core:validateAgainstDefaultRules': true } });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  extend(new StratalogStack(app, 'Log', { env, stratalog: { bundleFolder: placeholderBundles(), ...props } }));
  app.synth();
}

const elsewhere = new Stack(new App(), 'Elsewhere', { env });

describe('cdk-nag finds nothing beyond the named exceptions', () => {
  it.each<[string, StratalogProps]>([
    ['in the stack as it comes', {}],
    [
      'with three zones and an HTTP API',
      { zones: { kind: 'regional', count: 3 }, httpApi: { jwtIssuer: 'https://issuer.example', jwtAudience: ['log'] } },
    ],
    ['on directory buckets, without traces', { zones: { kind: 'express', availabilityZoneIds: ['use1-az4', 'use1-az5'] }, tracing: false }],
    [
      'under a customer key',
      { encryptionKey: Key.fromKeyArn(elsewhere, 'Key', 'arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555') },
    ],
    [
      'inside a VPC',
      {
        vpc: {
          vpc: Vpc.fromVpcAttributes(elsewhere, 'Vpc', {
            vpcId: 'vpc-0123456789abcdef0',
            availabilityZones: ['us-east-1a', 'us-east-1b'],
            privateSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
          }),
          gatewayEndpoints: false,
        },
      },
    ],
  ])('%s', (_, props) => {
    expect(() => check(props)).not.toThrow();
  });

  it('with copies of the functions for narrower callers', () => {
    const grants = (stack: StratalogStack): void => {
      const role = new Role(stack, 'Caller', { assumedBy: new ArnPrincipal('arn:aws:iam::111122223333:root') });
      stack.stratalog.grantProduce(role, { topic: 'orders' });
      stack.stratalog.grantConsume(role, { topic: 'orders', group: 'billing' });
      stack.stratalog.grantAdmin(role);
    };
    expect(() => check({}, grants)).not.toThrow();
  });

  it('and would find a bucket without TLS in the same stack', () => {
    expect(() => check({}, (stack) => new Bucket(stack, 'Careless'))).toThrow(/AwsSolutions-S10/);
  });
});
