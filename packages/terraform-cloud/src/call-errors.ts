import { STATUS_CODES } from "node:http";
import { type BaseIssue, getDotPath } from "valibot";
import { explainFailure } from "./connection-failure.ts";
import { errorText, isJson, parseJson } from "./json-api.ts";
import { TerraformCloudError, type TerraformCloudErrorCode } from "./terraform-cloud-error.ts";
import { type HttpAnswer, type HttpRequest, NotSentError } from "./transport.ts";

const CODES: Readonly<Record<number, TerraformCloudErrorCode>> = {
  400: "invalid",
  401: "unauthorized",
  403: "forbidden",
  404: "not_found",
  409: "invalid",
  412: "invalid",
  422: "invalid",
  429: "rate_limited",
};

/**
 * Returns the error for a response whose status isn't 2xx; undefined for 2xx.
 *
 * @param token The one that was sent, which the error never repeats.
 */
export function statusError(answer: HttpAnswer, token: string): TerraformCloudError | undefined {
  const { status, contentType, text } = answer;
  if (status >= 200 && status < 300) return undefined;
  if (status < 400) {
    return new TerraformCloudError(
      "redirected",
      `unexpected response: ${status} redirect, which is never followed; set address to its target`,
      { status },
    );
  }
  const said = isJson(contentType) ? errorText(parseJson(text), token) : undefined;
  if (status === 404 && said === undefined) {
    const found = isJson(contentType) ? "404 JSON without errors" : notJson(answer);
    return unexpected("not_found_unproven", found, status);
  }
  // A proxy's page for who isn't signed in there says nothing of the token.
  if (status === 401 && !isJson(contentType) && text !== "")
    return unexpected("malformed", notJson(answer), status);
  const code = CODES[status] ?? (status >= 500 ? "server_error" : "malformed");
  const reason = said || STATUS_CODES[status]?.toLowerCase();
  return new TerraformCloudError(code, [status, reason].filter(Boolean).join(" "), { status });
}

/**
 * Returns the error for a 2xx response whose content isn't what the API promises.
 *
 * @param issue What is wrong with its document.
 */
export function unexpectedContent(
  answer: HttpAnswer,
  issue?: BaseIssue<unknown>,
): TerraformCloudError {
  const { contentType, status, text } = answer;
  if (!isJson(contentType)) return unexpected("malformed", notJson(answer), status);
  if (parseJson(text) === undefined)
    return unexpected("malformed", `${status} invalid JSON`, status);
  const place = (issue && getDotPath(issue)) ?? "data";
  const isMissing = issue?.input === undefined || issue.input === null;
  const found = isMissing ? `JSON without ${place}` : `JSON with an invalid ${place}`;
  return unexpected("malformed", found, status);
}

function unexpected(
  code: TerraformCloudErrorCode,
  found: string,
  status: number,
): TerraformCloudError {
  return new TerraformCloudError(code, `unexpected response: ${found}`, { status });
}

function notJson({ contentType = "", status, text }: HttpAnswer): string {
  const [type = "content without a content-type"] =
    /^[a-z]+\/[\w.+-]{1,40}/i.exec(contentType) ?? [];
  const found = text === "" ? "empty body" : type;
  return `${status} ${found} instead of JSON; check address and base_path`;
}

/**
 * Returns the error for a request that has no complete response.
 *
 * @param ended Why the client itself gave the request up, if it did.
 */
export function sendError(
  error: unknown,
  ended?: readonly [code: TerraformCloudErrorCode, cause: string],
): TerraformCloudError {
  if (error instanceof TerraformCloudError) return error;
  const notApplied = error instanceof NotSentError;
  const cause = notApplied ? error.cause : error;
  if (ended) return new TerraformCloudError(...ended, { cause, notApplied });
  if ((cause as NodeJS.ErrnoException | undefined)?.code === "ERR_INVALID_CHAR") {
    return new TerraformCloudError(
      "invalid",
      "the token or the user agent has a character that is not allowed in a header",
      { cause },
    );
  }
  const { isTls, why } = explainFailure(cause);
  return new TerraformCloudError(isTls ? "tls" : "unreachable", why, { cause, notApplied });
}

/** What a call may have done although it failed. */
const EFFECTS = { GET: undefined, POST: "created", DELETE: "deleted" } as const;

/**
 * Returns the error of a call: its operation, the cause, and whether it may have been applied.
 *
 * @param error Its message is the cause alone.
 * @param mayBeApplied Whether an earlier attempt may have been applied.
 */
export function callError(
  { operation, method }: { readonly operation: string; readonly method: HttpRequest["method"] },
  error: TerraformCloudError,
  mayBeApplied = false,
): TerraformCloudError {
  const { cause, code, message, status } = error;
  const notApplied = error.notApplied && !mayBeApplied;
  const effect = notApplied ? undefined : EFFECTS[method];
  const why = effect ? `${message}; it may have been ${effect}` : message;
  return new TerraformCloudError(code, `${operation} failed: ${why}`, {
    cause,
    notApplied,
    ...(status !== undefined && { status }),
  });
}
