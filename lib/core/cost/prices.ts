/** AWS's list prices that matter here, in dollars. A price that changes gets a new table; nothing else changes. */

export interface Prices {
  readonly region: string;
  /** The month from which all of them hold. */
  readonly asOf: string;
  readonly s3: ObjectPrices;
  readonly s3Express: ObjectPrices;
  readonly dynamodb: {
    /** On demand; 1 KB written. */
    readonly perMillionWriteUnits: number;
    /** On demand; 4 KB read with strong consistency. */
    readonly perMillionReadUnits: number;
    readonly perGbMonth: number;
  };
  readonly lambda: {
    readonly perMillionRequests: number;
    /** arm64. */
    readonly perGbSecond: number;
  };
}

export interface ObjectPrices {
  readonly perMillionPuts: number;
  readonly perMillionGets: number;
  /** As PUT; a listing is 1,000 keys. */
  readonly perMillionLists: number;
  readonly perGbMonth: number;
  readonly perGbUploaded: number;
  readonly perGbRetrieved: number;
}

/** aws.amazon.com: s3/pricing, dynamodb/pricing/on-demand, lambda/pricing. The newest change is S3 Express's of April 2025. */
export const US_EAST_1: Prices = {
  region: 'us-east-1',
  asOf: '2025-04',
  s3: { perMillionPuts: 5, perMillionGets: 0.4, perMillionLists: 5, perGbMonth: 0.023, perGbUploaded: 0, perGbRetrieved: 0 },
  s3Express: {
    perMillionPuts: 1.13,
    perMillionGets: 0.03,
    perMillionLists: 1.13,
    perGbMonth: 0.11,
    perGbUploaded: 0.0032,
    perGbRetrieved: 0.0006,
  },
  dynamodb: { perMillionWriteUnits: 0.625, perMillionReadUnits: 0.125, perGbMonth: 0.25 },
  lambda: { perMillionRequests: 0.2, perGbSecond: 0.0000133334 },
};
