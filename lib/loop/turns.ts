/** Runs what has the same key one after the other, in this process. Across processes the expected version decides. */
export type Turns = <T>(key: string, run: () => Promise<T>) => Promise<T>;

export function keyedTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return (key, run) => {
    const turn = (last.get(key) ?? Promise.resolve()).then(run, run);
    const settled = turn.then(
      () => undefined,
      () => undefined,
    );
    last.set(key, settled);
    settled.then(() => {
      if (last.get(key) === settled) last.delete(key);
    });
    return turn;
  };
}
