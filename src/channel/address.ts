/** The one form of an address: the stapler counts by it as well, so its code is in the folder that both may use. */
export { type AddressKey, addressKey } from "../protocol/address.js";
