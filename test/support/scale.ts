/** Whether the tests run in their long form: `npm run test:full`. */
export const IS_FULL = process.env["TEST_SCALE"] === "full";
