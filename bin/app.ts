#!/usr/bin/env node
import { App } from 'aws-cdk-lib';
import { parseDeployment } from '../lib/config/deployment.ts';
import { allBundlesBuilt, defaultBundleFolder } from '../lib/infra/bundles.ts';
import { deploymentProps } from '../lib/infra/deployment-props.ts';
import { StratalogStack } from '../lib/infra/stack.ts';

const app = new App();
const deployment = parseDeployment(app.node.getAllContext());
const bundleFolder = process.env.STRATALOG_BUNDLES ?? defaultBundleFolder();
if (!allBundlesBuilt(bundleFolder)) {
  const { buildFunctions } = await import('../functions/build.ts');
  await buildFunctions(bundleFolder);
}
const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = process.env;
new StratalogStack(app, deployment.stackName, {
  description: 'Stratalog, an event log on S3 and DynamoDB',
  ...(account && region && { env: { account, region } }),
  stratalog: { ...deploymentProps(deployment), bundleFolder },
});
