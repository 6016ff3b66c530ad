/** The name under which this workspace is known. */
export const packageName = '@varve/writer';
