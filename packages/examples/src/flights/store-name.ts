/** The name of the store: together with its directory, the way in which writer, projectors and readers find it. */
export const storeName = 'flights';
