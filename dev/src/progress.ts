/** Prints progress on stderr, so that stdout holds only the output. */
export async function step<T>(
  title: string,
  work: (say: (detail: string) => void) => Promise<T>,
): Promise<T> {
  const started = performance.now();
  process.stderr.write(`${title} …\n`);
  const result = await work((detail) => process.stderr.write(`  ${detail}\n`));
  process.stderr.write(`  done in ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
  return result;
}
