/** Reads a JSON object from an HTTP request, and fields from an object whose shape is not known. */
export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `undefined` where the body is not a JSON object. */
export async function jsonBody(request: Request): Promise<Fields | undefined> {
  try {
    const body: unknown = await request.json();
    return isFields(body) ? body : undefined;
  } catch {
    return undefined;
  }
}

/** The field as text, or '' where it is missing or something else. */
export function textField(fields: Fields, name: string): string {
  const value = fields[name];
  return typeof value === 'string' ? value : '';
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
export const isUuid = (text: string): boolean => UUID.test(text);
