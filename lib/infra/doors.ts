import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { DomainName, HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type FunctionUrl, FunctionUrlAuthType, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { FunctionUrlProps, HttpApiProps } from './props.ts';

/** The function's own HTTPS address, signed requests only unless asked otherwise. Costs nothing beside the function. */
export function addFunctionUrl(handler: LambdaFunction, props: FunctionUrlProps): FunctionUrl {
  return handler.addFunctionUrl({
    authType: props.auth === 'none' ? FunctionUrlAuthType.NONE : FunctionUrlAuthType.AWS_IAM,
    ...(props.cors && { cors: props.cors }),
  });
}

export interface HttpDoorProps extends HttpApiProps {
  readonly handler: LambdaFunction;
  readonly logRetention: RetentionDays | undefined;
  readonly encryptionKey: IKey | undefined;
}

/** An HTTP API that checks a JWT and passes every route on to the `http` function, with access logs. */
export class HttpDoor extends Construct {
  readonly url: string;

  constructor(scope: Construct, id: string, props: HttpDoorProps) {
    super(scope, id);
    if (props.jwtAudience.length === 0) throw new Error('httpApi.jwtAudience: 0 entries, at least 1 is needed');
    const api = new HttpApi(this, 'Api', {
      createDefaultStage: false,
      defaultAuthorizer: props.authorizer ?? new HttpJwtAuthorizer('Jwt', props.jwtIssuer, { jwtAudience: [...props.jwtAudience] }),
    });
    api.addRoutes({
      path: '/{proxy+}',
      methods: [HttpMethod.ANY],
      integration: new HttpLambdaIntegration('Handler', props.handler, { timeout: Duration.seconds(29) }),
    });
    const domainName =
      props.domain && new DomainName(this, 'Domain', { domainName: props.domain.name, certificate: props.domain.certificate });
    const logs = new LogGroup(this, 'AccessLogs', {
      retention: props.logRetention ?? RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
      ...(props.encryptionKey && { encryptionKey: props.encryptionKey }),
    });
    const stage = new HttpStage(this, 'Stage', {
      httpApi: api,
      autoDeploy: true,
      accessLogSettings: { destination: new LogGroupLogDestination(logs) },
      ...(domainName && { domainMapping: { domainName } }),
    });
    this.url = props.domain ? `https://${props.domain.name}/` : stage.url;
  }
}
