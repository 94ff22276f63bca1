export { type LinkedSignal, linkedSignal } from "../protocol/linked-signal.js";
