/** `oidc-provider` with one confidential client, PKCE required, and logins that are decided by what a form says. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import { type Configuration, Provider } from 'oidc-provider';

export interface OpenIdProvider {
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Ends the interaction that the request is part of, and sends the browser on. */
  finish(
    request: IncomingMessage,
    response: ServerResponse,
    said: { readonly email: string; readonly denied: boolean },
  ): Promise<void>;
}

export async function openIdProvider(
  issuer: string,
  client: { readonly id: string; readonly secret: string },
): Promise<OpenIdProvider> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const provider = new Provider(issuer, {
    ...configuration(client),
    jwks: { keys: [{ ...(await exportJWK(privateKey)), use: 'sig', alg: 'ES256', kid: randomUUID() }] },
  });
  const callback = provider.callback();
  return {
    answer: callback,
    finish: async (request, response, { email, denied }) => {
      if (denied) {
        await provider.interactionFinished(request, response, {
          error: 'access_denied',
          error_description: 'the person said no',
        });
        return;
      }
      const grant = new provider.Grant({ accountId: email, clientId: client.id });
      grant.addOIDCScope('openid email profile');
      const grantId = await grant.save();
      await provider.interactionFinished(request, response, {
        login: { accountId: email, remember: false },
        consent: { grantId },
      });
    },
  };
}

const configuration = ({ id, secret }: { id: string; secret: string }): Configuration => ({
  clients: [
    {
      client_id: id,
      client_secret: secret,
      // A native client's loopback address is right with any port (RFC 8252 7.3): the auth service gets one at random.
      application_type: 'native',
      redirect_uris: ['http://127.0.0.1/auth/callback'],
      response_types: ['code'],
      grant_types: ['authorization_code'],
      token_endpoint_auth_method: 'client_secret_basic',
      id_token_signed_response_alg: 'ES256',
    },
  ],
  clientAuthMethods: ['client_secret_basic'],
  cookies: { keys: [randomUUID()] },
  pkce: { required: () => true },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  // ID tokens carry the claims, so that one request is enough.
  conformIdTokenClaims: false,
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  findAccount: (_, email) => ({
    accountId: email,
    claims: () => ({
      sub: email,
      email,
      email_verified: !email.startsWith('unverified'),
      name: email.split('@')[0],
    }),
  }),
});
