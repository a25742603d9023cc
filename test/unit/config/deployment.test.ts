import { describe, expect, it } from 'vitest';
import { parseDeployment } from '../../../lib/config/deployment.ts';

describe('the deployment settings in the CDK context', () => {
  it('have defaults that keep data and ask for signed requests', () => {
    expect(parseDeployment({ '@aws-cdk/core:anything': true, 'aws:cdk:cli': {} })).toEqual({
      stackName: 'Stratalog',
      removal: 'retain',
      functionUrlAuth: 'iam',
      alarms: true,
      dashboard: true,
      tracing: true,
    });
  });

  it('read text from the command line and values from cdk.json alike', () => {
    const text = parseDeployment({ 'stratalog:zones': '2', 'stratalog:alarms': 'false' });
    expect(parseDeployment({ 'stratalog:zones': 2, 'stratalog:alarms': false })).toEqual(text);
    expect(text).toMatchObject({ zones: 2, alarms: false });
  });

  it('read lists', () => {
    const parsed = parseDeployment({ 'stratalog:expressZones': 'use1-az4, use1-az5' });
    expect(parsed.expressZones).toEqual(['use1-az4', 'use1-az5']);
  });

  it('read minutes by job, 0 for by hand only', () => {
    const { scheduleMinutes } = parseDeployment({ 'stratalog:scheduleMinutes': 'compaction=1, sweep=0' });
    expect(scheduleMinutes).toEqual({ compaction: 1, sweep: 0 });
  });

  it.each<[Record<string, unknown>, RegExp]>([
    [{ 'stratalog:zonse': '2' }, /stratalog:zonse: not a setting/],
    [{ 'stratalog:zones': '4' }, /stratalog:zones is "4": .*3/],
    [{ 'stratalog:zones': 'two' }, /stratalog:zones is "two"/],
    [{ 'stratalog:removal': 'keep' }, /stratalog:removal is "keep": .*retain.*destroy/],
    [{ 'stratalog:stackName': '1st' }, /stratalog:stackName is "1st": letters/],
    [{ 'stratalog:doorMemoryMb': '64' }, /stratalog:doorMemoryMb is "64": .*128/],
    [{ 'stratalog:expressZones': 'use1-az4,' }, /stratalog:expressZones is "use1-az4,": an empty entry/],
    [{ 'stratalog:zones': '1', 'stratalog:expressZones': 'use1-az4' }, /exclude each other/],
    [{ 'stratalog:storageClasses': 'DEEP_ARCHIVE=30' }, /'DEEP_ARCHIVE=30' is not like STANDARD_IA=30 with a class of INTELLIGENT_TIERING/],
    [{ 'stratalog:storageClasses': 'STANDARD_IA=30', 'stratalog:expressZones': 'use1-az4' }, /directory buckets have one class/],
    [{ 'stratalog:scheduleMinutes': 'merge=1' }, /stratalog:scheduleMinutes is "merge=1": 'merge=1' is not like compaction=5/],
    [{ 'stratalog:scheduleMinutes': 'sweep=1441' }, /0 to 1440 minutes/],
    [{ 'stratalog:offsetsRetentionMinutes': '0' }, /stratalog:offsetsRetentionMinutes is "0"/],
    [{ 'stratalog:jwtIssuer': 'https://issuer.example' }, /need each other/],
    [{ 'stratalog:jwtIssuer': 'http://issuer.example', 'stratalog:jwtAudience': 'a' }, /stratalog:jwtIssuer is "http:/],
  ])('refuse %j by name, value and bound', (context, message) => {
    expect(() => parseDeployment(context)).toThrow(
      expect.objectContaining({ code: 'INVALID_CONFIG', message: expect.stringMatching(message) }),
    );
  });
});
