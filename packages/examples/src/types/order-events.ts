/** The map of events that docs/types.md begins with. */
// #region docs
export interface OrderEvents {
  OrderPlaced: { orderId: string; customer: string };
  ItemAdded: { orderId: string; item: string; cents: number };
  OrderCancelled: { orderId: string; reason?: string };
}
// #endregion docs
