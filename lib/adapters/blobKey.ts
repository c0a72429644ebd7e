import { invalid } from '../model/errors.ts';

/** No segment begins with a dot: neither `..` nor a hidden file can be named. */
const KEY = /^[A-Za-z0-9_=@][A-Za-z0-9_=@.,:+-]{0,199}(\/[A-Za-z0-9_=@][A-Za-z0-9_=@.,:+-]{0,199}){0,15}$/;

/** A relative path of plain names, at most 255 characters; the same in every store. Throws `input` `blobs.key`. */
export function checkedKey(key: string): string {
  if (KEY.test(key)) return key;
  throw invalid('blobs.key', `not a key: ${JSON.stringify(key)}`, { field: 'key', expected: KEY.source });
}
