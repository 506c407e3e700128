import { StdioData } from "../gen/plugin/stdio.ts";

/** A service with a method of each kind, as ts-proto would generate it. */
export const EchoDefinition = {
  name: "Echo",
  fullName: "test.Echo",
  methods: {
    unary: {
      name: "Unary",
      requestType: StdioData as typeof StdioData,
      requestStream: false,
      responseType: StdioData as typeof StdioData,
      responseStream: false,
      options: {},
    },
    serverStream: {
      name: "ServerStream",
      requestType: StdioData as typeof StdioData,
      requestStream: false,
      responseType: StdioData as typeof StdioData,
      responseStream: true,
      options: {},
    },
    bidi: {
      name: "Bidi",
      requestType: StdioData as typeof StdioData,
      requestStream: true,
      responseType: StdioData as typeof StdioData,
      responseStream: true,
      options: {},
    },
  },
} as const;

/** A message with a string. */
export const echo = (text: string): StdioData => ({ channel: 0, data: Buffer.from(text) });

export const textOf = ({ data }: StdioData): string => Buffer.from(data).toString();
