/** Where the runner put the real services of this test file. A service that is missing is a failure, never a skip. */
type Endpoint =
  | 'DATABASE_URL'
  | 'REDIS_URL'
  | 'AUTH_URL'
  | 'BACKEND_URL'
  | 'WS_URL'
  | 'LLM_URL'
  | 'SERVICE_SECRET'
  | 'JWT_SECRET_KEY';

/** @throws with what to do, where the variable is not set */
export function endpoint(name: Endpoint): string {
  const value = process.env[name];
  if (value === undefined || value === '')
    throw new Error(
      `${name} is not set: this test needs the real service. Run it with the runner, or set ${name}.`,
    );
  return value;
}
