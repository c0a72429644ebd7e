import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { type Item, text } from './items.ts';
import type { Table } from './reads.ts';

/** Every item whose partition begins with the prefix: reads the whole table, so for rare work only. */
export async function* scanPrefix({ client, name }: Table, prefix: string, projection?: string): AsyncGenerator<Item> {
  let from: Item | undefined;
  do {
    const page = await client.send(
      new ScanCommand({
        TableName: name,
        ConsistentRead: true,
        FilterExpression: 'begins_with(pk, :prefix)',
        ExpressionAttributeValues: { ':prefix': text(prefix) },
        ...(projection !== undefined && { ProjectionExpression: projection }),
        ...(from && { ExclusiveStartKey: from }),
      }),
    );
    yield* page.Items ?? [];
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
}
