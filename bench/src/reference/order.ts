/**
 * The reference event: an order with ten fields, about 215 bytes as JSON. Contenders store nothing else, so their
 * figures differ by what they do and not by what they are given. Other sizes have fewer fields, or a note.
 */
export interface Order {
  readonly type: string;
  readonly orderId: string;
  readonly customerId: string;
  readonly product: string;
  readonly quantity: number;
  readonly priceCents: number;
  readonly currency: string;
  readonly country: string;
  readonly placedAt: number;
  readonly express: boolean;
}

/** An event of any size: the fields that all sizes have. */
export type SizedOrder = Pick<Order, 'type' | 'orderId' | 'customerId' | 'priceCents'> &
  Partial<Order> & { readonly note?: string };

/** The approximate size of an event as JSON, in bytes; `order` is the reference event. */
export const eventSizes = { '100 B': 100, order: 216, '1 KB': 1000, '10 KB': 10_000 } as const;
export type EventSize = keyof typeof eventSizes;

const PRODUCTS = ['espresso-cup', 'moka-pot-6', 'hand-grinder', 'paper-filter', 'milk-jug-350', 'scale-2000g'];
const CURRENCIES = ['EUR', 'USD', 'GBP', 'SEK'];
const COUNTRIES = ['Germany', 'Netherlands', 'Sweden', 'Ireland', 'Portugal', 'Denmark'];
const WORDS = [
  'please',
  'deliver',
  'in the morning',
  'second floor',
  'gift',
  'leave at the door',
  'call first',
  'thanks',
];

/** The fixed instant of the first order: a run must not depend on the day it is made. */
const FIRST_PLACED_AT_MS = Date.UTC(2024, 0, 1);

/** The bytes that the note's name and quotes take as JSON. */
const NOTE_FRAME_BYTES = 10;

/** The most expensive orders, one in a hundred, go into the derived stream of the bench. */
export const RARE_FROM_CENTS = 49_501;

/**
 * Creates the order with the given number, always the same one for the same number. Each process of a measurement makes
 * its own copy, so nothing has to be sent between them, and a reader can check what it read.
 */
export function createOrder(number: number): Order {
  const random = scramble(number);
  return {
    type: 'OrderPlaced',
    orderId: `order-${String(number).padStart(10, '0')}`,
    customerId: `customer-${String(random % 100_000).padStart(6, '0')}`,
    product: pick(PRODUCTS, random >>> 3),
    quantity: 1 + (random % 9),
    priceCents: 100 + (random % 49_900),
    currency: pick(CURRENCIES, random >>> 7),
    country: pick(COUNTRIES, random >>> 11),
    placedAt: FIRST_PLACED_AT_MS + number * 137,
    express: (random & 1) === 1,
  };
}

export function createSizedOrder(number: number, size: EventSize): SizedOrder {
  const order = createOrder(number);
  if (size === 'order') return order;
  const { type, orderId, customerId, priceCents } = order;
  if (size === '100 B') return { type, orderId, customerId, priceCents };
  return { ...order, note: noteOf(number, eventSizes[size] - eventSizes.order - NOTE_FRAME_BYTES) };
}

export function isRare({ priceCents }: SizedOrder): boolean {
  return priceCents >= RARE_FROM_CENTS;
}

/** Text that differs for every event and compresses about as well as text that people write. */
function noteOf(number: number, length: number): string {
  let note = '';
  for (let word = 0; note.length < length; word++) {
    const random = scramble(number * 1009 + word);
    note += `${pick(WORDS, random)} ${(random >>> 8).toString(36)} `;
  }
  return note.slice(0, length);
}

function pick(choices: readonly string[], random: number): string {
  return choices[random % choices.length] as string;
}

/** Spreads consecutive numbers over the whole range of 32 bits (the finalizer of MurmurHash3). */
function scramble(number: number): number {
  let hash = number;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
