/**
 * The data of a request or an answer: JSON values by name. In an answer they are sent to the client
 * as they are; a `Redacted` value is revealed.
 */
export type Data = Readonly<Record<string, unknown>>;
