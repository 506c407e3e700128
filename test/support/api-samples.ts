import { escapeRegExp } from "./escape-reg-exp.ts";

/** A request of a document, and the answer that the document gives to it. */
export interface Sample {
  readonly method: string;
  /** Below `/v1/`. */
  readonly path: string;
  readonly body: unknown;
  readonly status: number;
  readonly answer: unknown;
}

interface Message {
  readonly start: string;
  readonly body: unknown;
}

const REQUEST = /^(GET|LIST|POST|DELETE) \/v1\/(\S+)$/;
const STATUS = /^HTTP\/1\.1 (\d{3}) [\w ]+$/;

/**
 * The samples of a document, in their order.
 *
 * @throws Error for a request without an answer, and for what is neither.
 */
export function samplesOf(markdown: string): readonly Sample[] {
  const messages = [...markdown.matchAll(/^```http\n(.*?)^```$/gms)].map(([, text = ""]) =>
    message(text),
  );
  return messages.flatMap((request, index) => {
    if (STATUS.test(request.start)) return [];
    const [, method, path] = REQUEST.exec(request.start) ?? [];
    const answer = messages[index + 1];
    const [, status] = STATUS.exec(answer?.start ?? "") ?? [];
    if (!method || !path || !answer || !status)
      throw new Error(`no request with an answer: ${request.start}`);
    return [{ method, path, body: request.body, status: Number(status), answer: answer.body }];
  });
}

/** The first line, and after an empty line the JSON. */
function message(text: string): Message {
  const [start = "", ...rest] = text.split("\n");
  const json = rest.join("\n").trim();
  return { start, body: json === "" ? undefined : JSON.parse(json) };
}

/** What a text in angle brackets stands for. */
const PLACEHOLDERS: Readonly<Record<string, string>> = {
  "<token>": "[A-Za-z0-9]{14}\\.atlasv1\\.[A-Za-z0-9]{67}",
  "<token id>": "at-[A-Za-z0-9]{16}",
  "<metrics token>": "hcpt_[A-Za-z0-9]{14}\\.[A-Za-z0-9]{67}",
  "<metrics token id>": "mt-[A-Za-z0-9]{16}",
  "<lease>": "[A-Za-z0-9]{24}",
  "<mark>": "vault-[0-9a-f]{8}-[0-9a-f]{16}",
  "<nanosecond time>": "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{9}Z",
  "<time>": "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z",
};
const PLACEHOLDER = /<[\w ]+>/g;

/** What varies from run to run: what each placeholder stood for last. */
export class Placeholders {
  readonly #last: Map<string, string>;

  constructor(known: Readonly<Record<string, string>>) {
    this.#last = new Map(Object.entries(known));
  }

  /**
   * A sample with the last values in the place of its placeholders.
   *
   * @throws Error for one that had none yet.
   */
  fill<T>(sample: T): T {
    return mapTexts(sample, (text) =>
      text.replace(PLACEHOLDER, (name) => {
        const value = this.#last.get(name);
        if (value === undefined) throw new Error(`${name} had no value yet`);
        return value;
      }),
    ) as T;
  }

  /**
   * An answer that has the sample's placeholders where it fits them: equal to the sample if it is
   * as the sample says.
   */
  mask(answer: unknown, sample: unknown): unknown {
    if (typeof answer === "string" && typeof sample === "string")
      return this.#maskText(answer, sample);
    if (!isObject(answer) || !isObject(sample)) return answer;
    const entries = Object.entries(answer).map(([key, value]) => [
      key,
      this.mask(value, sample[key]),
    ]);
    return Array.isArray(answer) ? entries.map(([, value]) => value) : Object.fromEntries(entries);
  }

  #maskText(answer: string, sample: string): string {
    const names = sample.match(PLACEHOLDER) ?? [];
    const pattern = sample
      .split(PLACEHOLDER)
      .map((text, index) => `${escapeRegExp(text)}(${PLACEHOLDERS[names[index] ?? ""] ?? ""})`)
      .join("");
    const values = new RegExp(`^${pattern}$`).exec(answer)?.slice(1);
    if (!values) return answer;
    for (const [index, name] of names.entries()) this.#last.set(name, values[index] ?? "");
    return sample;
  }
}

function mapTexts(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === "string") return map(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, map));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, map)]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
