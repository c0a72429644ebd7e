import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { Blobs } from '../../ports/edges.ts';
import { checkedKey } from '../blobKey.ts';
import { asked, hasName } from './errors.ts';

/** Blobs as objects of one bucket, below a prefix. A put is durable and visible to every reader when it resolves. */
export function s3Blobs(client: S3Client, bucket: string, prefix = ''): Blobs {
  return {
    put: (key, bytes, contentType) =>
      asked('blobs', async () => {
        const Key = prefix + checkedKey(key);
        await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: bytes, ContentType: contentType }));
      }),
    get: (key) => asked('blobs', () => get(client, bucket, prefix + checkedKey(key))),
    list: (start, limit) => asked('blobs', () => list(client, bucket, prefix, start, limit)),
    remove: (key) =>
      asked('blobs', async () => {
        await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: prefix + checkedKey(key) }));
      }),
  };
}

async function get(client: S3Client, Bucket: string, Key: string): Promise<Uint8Array | null> {
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
    return Body === undefined ? null : await Body.transformToByteArray();
  } catch (cause) {
    if (hasName(cause, 'NoSuchKey', 'NotFound')) return null;
    throw cause;
  }
}

/** S3 lists in the order of UTF-8 bytes, which for these keys is key order. */
async function list(client: S3Client, Bucket: string, prefix: string, start: string, limit: number) {
  const keys: string[] = [];
  let from: string | undefined;
  do {
    const page = await client.send(
      new ListObjectsV2Command({
        Bucket,
        Prefix: prefix + start,
        MaxKeys: Math.min(1000, limit - keys.length),
        ...(from !== undefined && { ContinuationToken: from }),
      }),
    );
    keys.push(...(page.Contents ?? []).map(({ Key = '' }) => Key.slice(prefix.length)));
    from = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (from !== undefined && keys.length < limit);
  return keys.slice(0, limit);
}
