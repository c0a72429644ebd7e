/** As long as a secret of Parameter Store is kept: one that was rotated or withdrawn opens nothing after it, milliseconds. */
const KEPT = 5 * 60_000;

/** Built at the first call and kept for five minutes, for what is built holds secrets; a failure is not kept. */
export function once<T>(build: () => Promise<T>, now: () => number = Date.now): () => Promise<T> {
  let built: Promise<T> | null = null;
  let at = 0;
  return async () => {
    if (built === null || now() - at >= KEPT) {
      built = build();
      at = now();
    }
    try {
      return await built;
    } catch (error) {
      built = null;
      throw error;
    }
  };
}
