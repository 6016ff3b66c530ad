/** The name of the store: whoever follows finds it by its directory and this. */
export const storeName = 'registry';
