/** A string, or the rest of the text where it does not end; or what Python writes for a number that JSON has not. */
const STRING_OR_BARE = /"[^"\\]*(?:\\[\s\S]?[^"\\]*)*"?|-?\b(?:NaN|Infinity)\b/g;

/** The text with null for each NaN, Infinity and -Infinity that is in no string. */
export function withoutBareNumbers(text: string): string {
  return text.replace(STRING_OR_BARE, (found) => (found.startsWith('"') ? found : 'null'));
}
