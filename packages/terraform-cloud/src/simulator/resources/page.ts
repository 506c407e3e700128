/** A page of resources. Without a page number it is the whole list. */
export function pageOf<T>(
  all: readonly T[],
  query: URLSearchParams,
  resourceOf: (one: T) => unknown,
): { status: number; document: unknown } {
  if (!query.has("page[number]")) {
    return { status: 200, document: { data: all.map(resourceOf) } };
  }
  const page = Number(query.get("page[number]"));
  const size = Math.min(Number(query.get("page[size]") ?? 20), 100);
  const pages = Math.max(1, Math.ceil(all.length / size));
  const pagination = {
    "current-page": page,
    "page-size": size,
    "prev-page": page > 1 ? page - 1 : null,
    "next-page": page < pages ? page + 1 : null,
    "total-pages": pages,
    "total-count": all.length,
  };
  const data = all.slice((page - 1) * size, page * size).map(resourceOf);
  return { status: 200, document: { data, meta: { pagination } } };
}
