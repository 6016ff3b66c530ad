/** The signals of a page, as it sends them: JSON in the body of an order, or in the query of any other request. */
import type { IncomingMessage } from 'node:http';
import type { OrderForm } from '../model/orders.ts';
import { RefusedRequest } from './refused-request.ts';

export type Signals = Readonly<Record<string, unknown>>;

const maxBodyBytes = 16 * 1024;

/** Throws `RefusedRequest` for a body that is not JSON, not an object, or too big. */
export async function signalsOfBody(request: IncomingMessage): Promise<Signals> {
  const type = request.headers['content-type'] ?? '';
  // A page of another site cannot send this type without a preflight request.
  if (!/^application\/json *(;|$)/i.test(type)) throw new RefusedRequest(415, 'An order is sent as application/json.');
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBodyBytes) throw new RefusedRequest(413, `An order has at most ${maxBodyBytes} bytes.`);
    chunks.push(chunk);
  }
  return parse(Buffer.concat(chunks).toString('utf8'));
}

export function signalsOfQuery(url: URL): Signals {
  return parse(url.searchParams.get('datastar') ?? '{}');
}

/** The typed and clicked values. Throws `RefusedRequest` for one that is not a text. */
export function orderForm(signals: Signals): OrderForm {
  return {
    designation: textOf(signals, 'designation', '').trim(),
    model: textOf(signals, 'model', 'Nexus-6'),
    role: textOf(signals, 'role', '').trim(),
    incept: textOf(signals, 'incept', '').trim(),
    target: textOf(signals, 'target', ''),
  };
}

/** The id that the page chose for itself; '' for none, and then nothing is pushed to it alone. */
export function sessionOf(signals: Signals): string {
  const session = textOf(signals, 'sid', '');
  if (session.length > 100) throw new RefusedRequest(400, '"sid" has more than 100 characters.');
  return session;
}

export function positionOf(signals: Signals, name: string): number {
  const found = signals[name];
  const position = typeof found === 'string' && /^\d+$/.test(found) ? Number(found) : found;
  if (Number.isSafeInteger(position) && (position as number) >= 0) return position as number;
  throw new RefusedRequest(400, `${JSON.stringify(name)} must be a whole number of 0 or more.`);
}

function parse(text: string): Signals {
  let signals: unknown;
  try {
    signals = JSON.parse(text);
  } catch {
    throw new RefusedRequest(400, 'The signals are not JSON.');
  }
  if (typeof signals === 'object' && signals !== null && !Array.isArray(signals)) return signals as Signals;
  throw new RefusedRequest(400, 'The signals are not an object.');
}

function textOf(signals: Signals, name: string, absent: string): string {
  const text = signals[name] ?? absent;
  if (typeof text === 'string') return text;
  throw new RefusedRequest(400, `${JSON.stringify(name)} must be a text.`);
}
