/** The name of the store: together with its directory, the way in which followers find it. */
export const storeName = 'registry';
