/**
 * The reference event: an order with ten fields, about 215 bytes as JSON. The contenders store nothing else, so that
 * their figures differ by what they do and not by what they are given.
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

const PRODUCTS = ['espresso-cup', 'moka-pot-6', 'hand-grinder', 'paper-filter', 'milk-jug-350', 'scale-2000g'];
const CURRENCIES = ['EUR', 'USD', 'GBP', 'SEK'];
const COUNTRIES = ['Germany', 'Netherlands', 'Sweden', 'Ireland', 'Portugal', 'Denmark'];

/** The fixed instant of the first order: a run must not depend on the day it is made. */
const FIRST_PLACED_AT_MS = Date.UTC(2024, 0, 1);

/**
 * Makes the order with the given number, always the same one for the same number. Each process of a measurement makes
 * its own copy, so that nothing has to be sent between them and a reader can check what it read.
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
