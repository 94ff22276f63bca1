import { closeChannel, closeChannelPost } from "./procedures/close-channel.js";
import { getChannel } from "./procedures/get-channel.js";
import { getHk } from "./procedures/get-h-k.js";
import { getY } from "./procedures/get-y.js";
import { health } from "./procedures/health.js";
import { isReady } from "./procedures/is-ready.js";
import { openChannel } from "./procedures/open-channel.js";
import { openRecipient, openRecipientPost, openSender, openSenderPost } from "./procedures/open-connection.js";
import { postHk } from "./procedures/post-h-k.js";
import { postToChannel } from "./procedures/post-to-channel.js";
import { watchChannel } from "./procedures/watch-channel.js";
import { t } from "./trpc.js";

/** Every step of the exchange, once: REST, tRPC, the document and all clients follow from it. */
export const publicRouter = t.router({
  openChannel,
  postToChannel,
  getChannel,
  getY,
  postHk,
  getHk,
  openSender,
  openSenderPost,
  openRecipient,
  openRecipientPost,
  isReady,
  closeChannel,
  closeChannelPost,
  watchChannel,
  health,
});

/** For `createTRPCClient<PublicRouter>`. */
export type PublicRouter = typeof publicRouter;
