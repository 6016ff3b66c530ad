/** The channels of `node:diagnostics_channel` on which projectors report what happens, for tools that observe a program. */
import { channel } from 'node:diagnostics_channel';

const channels = {
  status: channel('varve:projector:status'),
  progress: channel('varve:projector:progress'),
  'caught-up': channel('varve:projector:caught-up'),
  swap: channel('varve:projector:swap'),
  restart: channel('varve:projector:restart'),
  paused: channel('varve:projector:paused'),
  failed: channel('varve:projector:failed'),
} as const;

/** Publishes to the subscribers of a channel, if there are any; otherwise the message is not even built. */
export function publish(name: keyof typeof channels, message: () => object): void {
  const { [name]: found } = channels;
  if (found.hasSubscribers) found.publish(message());
}
