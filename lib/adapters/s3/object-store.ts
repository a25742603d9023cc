import {
  type _Object,
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { crc32c } from '../../format/crc32c.ts';
import { noSuchUpload, type ObjectInfo, type ObjectStore, type Upload } from '../../ports/object-store.ts';
import { nameOf, objectError, statusOf } from './s3-error.ts';

/** Directory buckets carry their kind in their name; they list in no order and take no key to begin after. */
const DIRECTORY_SUFFIX = '--x-s3';
const LIST_PAGE = 1_000;
const CONTENT_TYPE = 'application/octet-stream';

/**
 * The objects of one zone in a bucket: general purpose, or a directory bucket of S3 Express One Zone.
 *
 * Puts are conditional and carry a CRC-32C, so that S3 refuses bytes that were damaged on their way. The client makes
 * one attempt; retrying is the business of a decorator.
 */
export class S3ObjectStore implements ObjectStore {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor(client: S3Client, bucket: string) {
    this.#client = client;
    this.#bucket = bucket;
  }

  async put(key: string, chunks: readonly Uint8Array[]): Promise<'created' | 'exists'> {
    try {
      await this.#client.send(new PutObjectCommand({ ...this.#putInput(key, chunks), IfNoneMatch: '*' }));
      return 'created';
    } catch (error) {
      if (statusOf(error) === 412) return 'exists';
      throw this.#error('s3:PutObject', key, error);
    }
  }

  async replace(key: string, chunks: readonly Uint8Array[]): Promise<void> {
    try {
      await this.#client.send(new PutObjectCommand(this.#putInput(key, chunks)));
    } catch (error) {
      throw this.#error('s3:PutObject', key, error);
    }
  }

  async beginUpload(key: string): Promise<Upload> {
    try {
      const { UploadId = '' } = await this.#client.send(
        new CreateMultipartUploadCommand({ Bucket: this.#bucket, Key: key, ContentType: CONTENT_TYPE, ChecksumAlgorithm: 'CRC32C' }),
      );
      return { key, id: UploadId };
    } catch (error) {
      throw this.#error('s3:PutObject', key, error);
    }
  }

  /** Answers the part's checksum and its ETag, which the object is made of in the end. */
  async uploadPart(upload: Upload, number: number, chunks: readonly Uint8Array[]): Promise<string> {
    const body = joined(chunks);
    const checksum = checksumOf(body);
    try {
      const { ETag = '' } = await this.#client.send(
        new UploadPartCommand({
          ...this.#named(upload),
          PartNumber: number,
          Body: body,
          ContentLength: body.length,
          ChecksumCRC32C: checksum,
        }),
      );
      return `${checksum} ${ETag}`;
    } catch (error) {
      if (nameOf(error) === 'NoSuchUpload') throw noSuchUpload(upload);
      throw this.#error('s3:PutObject', upload.key, error);
    }
  }

  async finishUpload(upload: Upload, parts: readonly string[], onto: 'free key' | 'any key'): Promise<'created' | 'exists'> {
    const Parts = parts.map((part, i) => {
      const [ChecksumCRC32C = '', ETag = ''] = part.split(' ');
      return { PartNumber: i + 1, ETag, ChecksumCRC32C };
    });
    try {
      const condition = onto === 'free key' ? { IfNoneMatch: '*' } : {};
      await this.#client.send(new CompleteMultipartUploadCommand({ ...this.#named(upload), ...condition, MultipartUpload: { Parts } }));
      return 'created';
    } catch (error) {
      if (statusOf(error) === 412) return 'exists';
      if (nameOf(error) !== 'NoSuchUpload') throw this.#error('s3:PutObject', upload.key, error);
      // The answer of the attempt before this one may have been lost.
      if ((await this.head(upload.key)) !== undefined) return 'exists';
      throw noSuchUpload(upload);
    }
  }

  async abandonUpload(upload: Upload): Promise<void> {
    try {
      await this.#client.send(new AbortMultipartUploadCommand(this.#named(upload)));
    } catch (error) {
      if (nameOf(error) !== 'NoSuchUpload') throw this.#error('s3:AbortMultipartUpload', upload.key, error);
    }
  }

  async get(key: string, position: number, length: number): Promise<Buffer | undefined> {
    if (length <= 0) return (await this.head(key)) === undefined ? undefined : Buffer.alloc(0);
    try {
      const { Body } = await this.#client.send(
        new GetObjectCommand({ Bucket: this.#bucket, Key: key, Range: `bytes=${position}-${position + length - 1}` }),
      );
      const bytes = await Body?.transformToByteArray();
      return bytes === undefined ? Buffer.alloc(0) : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    } catch (error) {
      if (isMissing(error)) return undefined;
      if (statusOf(error) === 416) return Buffer.alloc(0);
      throw this.#error('s3:GetObject', key, error);
    }
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    try {
      const { ContentLength, LastModified } = await this.#client.send(new HeadObjectCommand({ Bucket: this.#bucket, Key: key }));
      return { key, size: ContentLength ?? 0, putAtMs: LastModified?.getTime() ?? 0 };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw this.#error('s3:GetObject', key, error);
    }
  }

  async delete(keys: readonly string[]): Promise<void> {
    const first = keys[0];
    if (first === undefined) return;
    try {
      const { Errors } = await this.#client.send(
        new DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Quiet: true, Objects: keys.map((Key) => ({ Key })) } }),
      );
      const failure = Errors?.find(({ Code }) => Code !== 'NoSuchKey');
      if (failure) throw Object.assign(new Error(failure.Message ?? ''), { name: failure.Code ?? 'Error' });
    } catch (error) {
      throw this.#error('s3:DeleteObject', first, error);
    }
  }

  async list(prefix: string, after: string | undefined, limit: number): Promise<readonly ObjectInfo[]> {
    if (limit <= 0) return [];
    return this.#bucket.endsWith(DIRECTORY_SUFFIX) ? this.#listUnordered(prefix, after, limit) : this.#listPage(prefix, after, limit);
  }

  async #listPage(prefix: string, after: string | undefined, limit: number): Promise<readonly ObjectInfo[]> {
    try {
      const { Contents = [] } = await this.#client.send(
        new ListObjectsV2Command({
          Bucket: this.#bucket,
          Prefix: prefix,
          MaxKeys: Math.min(limit, LIST_PAGE),
          ...(after === undefined ? {} : { StartAfter: after }),
        }),
      );
      return Contents.map(infoOf);
    } catch (error) {
      throw this.#error('s3:ListBucket', prefix, error);
    }
  }

  /** All keys of the folder, in our order. Cost: 1 LIST per 1,000 keys below the prefix. */
  async #listUnordered(prefix: string, after: string | undefined, limit: number): Promise<readonly ObjectInfo[]> {
    const found: ObjectInfo[] = [];
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    let token: string | undefined;
    do {
      try {
        const answer = await this.#client.send(
          new ListObjectsV2Command({
            Bucket: this.#bucket,
            Prefix: folder,
            ...(token === undefined ? {} : { ContinuationToken: token }),
          }),
        );
        for (const content of answer.Contents ?? []) {
          const info = infoOf(content);
          if (info.key.startsWith(prefix) && (after === undefined || info.key > after)) found.push(info);
        }
        token = answer.NextContinuationToken;
      } catch (error) {
        throw this.#error('s3:ListBucket', prefix, error);
      }
    } while (token !== undefined);
    return found.sort((a, b) => (a.key < b.key ? -1 : 1)).slice(0, limit);
  }

  #putInput(key: string, chunks: readonly Uint8Array[]): PutObjectCommandInput {
    const body = joined(chunks);
    return {
      Bucket: this.#bucket,
      Key: key,
      Body: body,
      ContentLength: body.length,
      ContentType: CONTENT_TYPE,
      ChecksumCRC32C: checksumOf(body),
    };
  }

  #named({ key, id }: Upload): { readonly Bucket: string; readonly Key: string; readonly UploadId: string } {
    return { Bucket: this.#bucket, Key: key, UploadId: id };
  }

  #error(action: string, key: string, error: unknown): Error {
    return objectError(error, { action, bucket: this.#bucket, key });
  }
}

function isMissing(error: unknown): boolean {
  const name = nameOf(error);
  return name === 'NoSuchKey' || name === 'NotFound' || (statusOf(error) === 404 && name !== 'NoSuchBucket');
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  return chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks);
}

/** CRC-32C as S3 wants it: four bytes, big-endian, in base64. */
function checksumOf(bytes: Uint8Array): string {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32c(bytes));
  return checksum.toString('base64');
}

function infoOf({ Key = '', Size = 0, LastModified }: _Object): ObjectInfo {
  return { key: Key, size: Size, putAtMs: LastModified?.getTime() ?? 0 };
}
