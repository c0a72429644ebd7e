/** HMAC-SHA256 of the text under the key, lower-case hex. */
export type HmacSha256Hex = (key: string, text: string) => string;

/** Takes as long for any guess of the same length, so that an answer's time tells nothing of the signature. */
export function equalInConstantTime(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let index = 0; index < b.length; index += 1) {
    difference |= (index < a.length ? a.charCodeAt(index) : 0) ^ b.charCodeAt(index);
  }
  return difference === 0;
}
