/**
 * The data of a request or a reply: JSON values by name. In a reply they are sent to the client
 * as they are; a `Redacted` value is revealed.
 */
export type Data = Readonly<Record<string, unknown>>;
