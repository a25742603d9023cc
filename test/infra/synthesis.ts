import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { StratalogProps } from '../../lib/infra/props.ts';
import { StratalogStack } from '../../lib/infra/stack.ts';
import { placeholderBundles } from './placeholder-bundles.ts';

export interface Resource {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  // biome-ignore lint/suspicious/noExplicitAny: a CloudFormation template has no type of its own.
  readonly Properties: any;
}

export interface Synthesis {
  readonly stack: StratalogStack;
  readonly template: Template;
  /** Resources of one type by logical id. */
  resources(type: string): Readonly<Record<string, Resource>>;
}

const TEST_REGION = { account: '111122223333', region: 'us-east-1' };

/** A stack with placeholder bundles, synthesised. Props that need resources get a stack to make them in. */
export function synthesise(
  props: StratalogProps | ((resources: Stack) => StratalogProps) = {},
  extend: (stack: StratalogStack) => void = () => {},
): Synthesis {
  const app = new App();
  const stratalog = typeof props === 'function' ? props(new Stack(app, 'Resources', { env: TEST_REGION })) : props;
  const stack = new StratalogStack(app, 'Log', {
    // Resources of another stack, and a table under a customer's key, need a stack with a region.
    ...(typeof props === 'function' && { env: TEST_REGION }),
    stratalog: { bundleFolder: placeholderBundles(), ...stratalog },
  });
  extend(stack);
  const template = Template.fromStack(stack);
  return {
    stack,
    template,
    resources: (type) => template.findResources(type) as Record<string, Resource>,
  };
}
