/** Usage as dollars a month. */
import { type Prices, US_EAST_1 } from './prices.ts';
import { type Usage, type UsageByCause, usageOf } from './usage.ts';
import type { Workload } from './workload.ts';

export interface BillLine {
  readonly cause: keyof UsageByCause;
  readonly service: 'S3' | 'DynamoDB' | 'Lambda';
  /** What is counted, as AWS's bill names it. */
  readonly what: string;
  readonly quantity: number;
  readonly dollars: number;
}

export interface Bill {
  readonly lines: readonly BillLine[];
  readonly dollars: number;
  readonly prices: Prices;
}

/** The month's bill of a workload at list prices, lines of nothing left out. INVALID_REQUEST for a workload that cannot be. */
export function billOf(workload: Workload, prices: Prices = US_EAST_1): Bill {
  const usage = usageOf(workload);
  const causes = Object.keys(usage) as (keyof UsageByCause)[];
  const lines = causes.flatMap((cause) => linesOf(cause, usage[cause], workload, prices)).filter(({ dollars }) => dollars > 0);
  return { lines, dollars: lines.reduce((sum, { dollars }) => sum + dollars, 0), prices };
}

function linesOf(cause: keyof UsageByCause, usage: Usage, { zoneKind }: Workload, prices: Prices): readonly BillLine[] {
  const objects = zoneKind === 'express' ? prices.s3Express : prices.s3;
  const { dynamodb, lambda } = prices;
  const line = (service: BillLine['service'], what: string, quantity: number, dollars: number): BillLine => ({
    cause,
    service,
    what,
    quantity,
    dollars,
  });
  const million = (service: BillLine['service'], what: string, count: number, price: number) =>
    line(service, what, count, (count / 1e6) * price);
  return [
    million('S3', 'PUT', usage.puts, objects.perMillionPuts),
    million('S3', 'GET', usage.gets, objects.perMillionGets),
    million('S3', 'LIST', usage.lists, objects.perMillionLists),
    line('S3', 'GB uploaded', usage.uploadedGb, usage.uploadedGb * objects.perGbUploaded),
    line('S3', 'GB retrieved', usage.retrievedGb, usage.retrievedGb * objects.perGbRetrieved),
    line('S3', 'GB kept', usage.storedGb, usage.storedGb * objects.perGbMonth),
    million('DynamoDB', 'write units', usage.writeUnits, dynamodb.perMillionWriteUnits),
    million('DynamoDB', 'read units', usage.readUnits, dynamodb.perMillionReadUnits),
    million('Lambda', 'calls', usage.lambdaRequests, lambda.perMillionRequests),
    line('Lambda', 'GB-seconds', usage.lambdaGbSeconds, usage.lambdaGbSeconds * lambda.perGbSecond),
  ];
}
