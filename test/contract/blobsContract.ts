import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Blobs } from '../../lib/ports/edges.ts';

export interface OpenedBlobs {
  readonly blobs: Blobs;
  reopen(): Promise<Blobs>;
  dispose(): Promise<void>;
}

const bytes = (text: string) => new TextEncoder().encode(text);

/** Every promise of the Blobs port; each store passes it. */
export function blobsContract(name: string, open: () => Promise<OpenedBlobs>): void {
  describe(`${name} keeps the promises of blobs`, () => {
    let opened: OpenedBlobs;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.dispose());
    const blobs = () => opened.blobs;
    const put = (key: string, text = key) => blobs().put(key, bytes(text), 'text/plain');

    test('a missing key is null, also beside and below what is there', async () => {
      await put('evidence/inc_1/a.json');
      for (const key of ['evidence/inc_1/b.json', 'evidence/inc_1', 'evidence/inc_1/a.json/b', 'other']) {
        expect(await blobs().get(key)).toBeNull();
      }
    });

    test('bytes come back as they were, empty ones and all 256 too, also after a restart', async () => {
      const all = Uint8Array.from({ length: 70_000 }, (_, at) => at % 256);
      await blobs().put('all', all, 'application/octet-stream');
      await blobs().put('empty', new Uint8Array(), 'application/octet-stream');
      const again = await opened.reopen();
      expect(await again.get('all')).toEqual(all);
      expect(await again.get('empty')).toEqual(new Uint8Array());
    });

    test('a put replaces', async () => {
      await put('a/b', 'a long first text');
      await put('a/b', 'second');
      expect(await blobs().get('a/b')).toEqual(bytes('second'));
      expect(await blobs().list('a/', 10)).toEqual(['a/b']);
    });

    test('what is removed is gone, alone, also after a restart, and may be put again', async () => {
      for (const key of ['a/b', 'a/bc', 'a/d/e']) await put(key);
      await blobs().remove('a/b');
      for (const nothing of ['a/b', 'a', 'a/d', 'a/bc/x', 'other']) await blobs().remove(nothing);
      expect(await blobs().get('a/b')).toBeNull();
      expect(await (await opened.reopen()).list('', 10)).toEqual(['a/bc', 'a/d/e']);
      await put('a/b', 'again');
      expect(await blobs().get('a/b')).toEqual(bytes('again'));
    });

    test('concurrent puts of one key leave one of them whole', async () => {
      const texts = Array.from({ length: 10 }, (_, at) => String(at).repeat(10_000));
      await Promise.all(texts.map((text) => put('a/b', text)));
      expect(texts).toContain(new TextDecoder().decode((await blobs().get('a/b')) ?? undefined));
    });

    test('keys are listed by any prefix in key order, as many as asked', async () => {
      for (const key of ['a/c', 'a.b/1', 'a/b/2', 'a/b/1', 'a/b0', 'ab', 'b']) await put(key);
      expect(await blobs().list('a', 10)).toEqual(['a.b/1', 'a/b/1', 'a/b/2', 'a/b0', 'a/c', 'ab']);
      expect(await blobs().list('a/b', 10)).toEqual(['a/b/1', 'a/b/2', 'a/b0']);
      expect(await blobs().list('a/b/', 10)).toEqual(['a/b/1', 'a/b/2']);
      expect(await blobs().list('', 2)).toEqual(['a.b/1', 'a/b/1']);
      expect(await blobs().list('x', 10)).toEqual([]);
      expect(await blobs().list('../', 10)).toEqual([]);
    });

    test('keys that are no relative path of plain names are refused', async () => {
      const bad = [
        '',
        '/etc/passwd',
        '..',
        '../x',
        'a/../b',
        'a//b',
        'a/',
        './a',
        'a/.b',
        'a\\b',
        'a\0b',
        'a b',
        'a\n',
      ];
      for (const key of [...bad, 'x'.repeat(300)]) {
        const error = { kind: 'input', code: 'blobs.key', field: 'key' };
        await expect(put(key)).rejects.toMatchObject(error);
        await expect(blobs().get(key)).rejects.toMatchObject(error);
        await expect(blobs().remove(key)).rejects.toMatchObject(error);
      }
      expect(await blobs().list('', 10)).toEqual([]);
    });
  });
}
