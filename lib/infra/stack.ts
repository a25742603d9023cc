import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { FUNCTIONS, type StratalogProps } from './props.ts';
import { Stratalog } from './stratalog.ts';

export type * from './props.ts';
export { Stratalog } from './stratalog.ts';
export type { Zone } from './zones.ts';

export interface StratalogStackProps extends StackProps {
  readonly stratalog?: StratalogProps;
}

/** A stack with one Stratalog and the outputs that the CLI and the SDK are pointed at. */
export class StratalogStack extends Stack {
  readonly stratalog: Stratalog;

  constructor(scope: Construct, id: string, props: StratalogStackProps = {}) {
    super(scope, id, props);
    this.stratalog = new Stratalog(this, 'Stratalog', props.stratalog);
    const { functionUrl, httpApi, table, zones, functions } = this.stratalog;
    if (functionUrl) this.output('Url', functionUrl.url, 'The HTTP API; requests are signed with SigV4');
    if (httpApi) this.output('HttpApiUrl', httpApi.url, 'The HTTP API for callers with a token');
    this.output('TableName', table.tableName, 'Offsets, topics and groups');
    this.output('BucketNames', zones.map((zone) => zone.bucketName).join(','), 'Segments, one bucket per zone');
    for (const name of FUNCTIONS) {
      this.output(`${capitalised(name)}FunctionName`, functions[name].function.functionName, `The ${name} function`);
    }
  }

  private output(id: string, value: string, description: string): void {
    new CfnOutput(this, id, { value, description });
  }
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
