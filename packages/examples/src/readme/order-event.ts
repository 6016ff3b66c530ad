/** The events of the README's examples. */
export interface OrderPlaced {
  readonly type: 'OrderPlaced';
  readonly customer: string;
}

export interface ItemAdded {
  readonly type: 'ItemAdded';
  readonly item: string;
  readonly cents: number;
}

export type OrderEvent = OrderPlaced | ItemAdded;
