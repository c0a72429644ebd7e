/** Built at the first call and kept while the function lives; a failure is not kept. */
export function once<T>(build: () => Promise<T>): () => Promise<T> {
  let built: Promise<T> | null = null;
  return async () => {
    built ??= build();
    try {
      return await built;
    } catch (error) {
      built = null;
      throw error;
    }
  };
}
