/** The channels of `node:diagnostics_channel` on which projectors tell what happens: for tools that observe a program. */
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

/** Tells the subscribers of a channel, if there are any; what nobody asked for is not put together. */
export function publish(name: keyof typeof channels, message: () => object): void {
  const { [name]: found } = channels;
  if (found.hasSubscribers) found.publish(message());
}
