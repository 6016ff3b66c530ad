/** The name of the store: writer, projectors and readers find it by its directory and this. */
export const storeName = 'flights';
