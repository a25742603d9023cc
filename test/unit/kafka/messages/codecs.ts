import * as consumerProtocol from '../../../../lib/kafka/messages/consumer-protocol.ts';
import * as headers from '../../../../lib/kafka/messages/headers.ts';
import { CODECS } from '../../../../lib/kafka/messages/registry.ts';
import type { Reader } from '../../../../lib/kafka/wire/reader.ts';
import { Writer } from '../../../../lib/kafka/wire/writer.ts';

type Encode = (w: Writer, m: never, v: number) => void;
type Decode = (r: Reader, v: number) => unknown;

const encoders = new Map<string, Encode>();
const decoders = new Map<string, Decode>();
for (const codec of Object.values(CODECS)) {
  encoders.set(`${codec.name}Request`, codec.encodeRequest as Encode);
  decoders.set(`${codec.name}Request`, codec.decodeRequest);
  encoders.set(`${codec.name}Response`, codec.encodeResponse as Encode);
  decoders.set(`${codec.name}Response`, codec.decodeResponse);
}
for (const [name, value] of Object.entries({ ...headers, ...consumerProtocol })) {
  if (name.startsWith('encode')) encoders.set(name.slice(6), value as Encode);
  else decoders.set(name.slice(6), value as Decode);
}

export const MESSAGE_NAMES: readonly string[] = [...encoders.keys()].sort();

/** The encoder of a message of any name. */
export function encoderOf(name: string): (message: unknown, version: number) => Buffer {
  const encode = encoders.get(name);
  if (encode === undefined) throw new Error(`no encoder of ${name}`);
  return (message, version) => {
    const writer = new Writer(16);
    encode(writer, message as never, version);
    const { length } = writer;
    const bytes = Buffer.concat(writer.finish());
    if (bytes.length !== length) throw new Error(`${name}: the writer counts ${length} bytes, the message has ${bytes.length}`);
    return bytes;
  };
}

/** The decoder of a message of any name. */
export function decoderOf(name: string): Decode {
  const decode = decoders.get(name);
  if (decode === undefined) throw new Error(`no decoder of ${name}`);
  return decode;
}
