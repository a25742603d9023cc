import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesSerde, jsonSerde, numberSerde, type Serde, stringSerde, textOrBytes } from '../../../lib/sdk/serializers.ts';

const CONTEXT = { topic: 't', part: 'value' } as const;

function roundTrip<Value>(serde: Serde<Value>, value: Value): Value {
  return serde.deserialize(serde.serialize(value, CONTEXT), CONTEXT);
}

describe('serializers', () => {
  test('give back what they were given', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => roundTrip(stringSerde, text) === text));
    fc.assert(fc.property(fc.double(), (number) => Object.is(roundTrip(numberSerde, number), number)));
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        expect(roundTrip(jsonSerde(), value)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
    fc.assert(fc.property(fc.uint8Array(), (bytes) => Buffer.compare(roundTrip(bytesSerde, bytes), bytes) === 0));
  });

  test("write numbers as Kafka's DoubleSerializer does", () => {
    expect(Buffer.from(numberSerde.serialize(1.5, CONTEXT)).toString('hex')).toBe('3ff8000000000000');
  });

  test('keep a byte order mark', () => {
    expect(roundTrip(stringSerde, '\ufefftext')).toBe('\ufefftext');
  });

  test.each([
    [() => stringSerde.deserialize(Uint8Array.of(0xff), CONTEXT), /the value of a record of 't' is not UTF-8/],
    [() => jsonSerde().deserialize(Buffer.from('{'), CONTEXT), /is not JSON/],
    [() => numberSerde.deserialize(new Uint8Array(4), CONTEXT), /a number of 8 bytes \(it has 4\)/],
    [() => stringSerde.serialize(7 as never, CONTEXT), /must be a string, it is of type number/],
    [() => jsonSerde().serialize(undefined, CONTEXT), /must be a value that JSON can hold/],
    [() => numberSerde.serialize('7' as never, CONTEXT), /must be a number/],
    [() => bytesSerde.serialize('7' as never, CONTEXT), /must be a Uint8Array/],
    [() => textOrBytes({} as never, CONTEXT), /give a serializer for anything else/],
  ])('refuse what is not theirs (%#)', (convert, message) => {
    expect(convert).toThrow(message);
  });
});
