/** What is used here of `oidc-provider`: its own types bring a web framework's with them, seventeen packages in all. */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  export interface ClientMetadata {
    readonly client_id: string;
    readonly client_secret: string;
    readonly application_type: 'native' | 'web';
    readonly redirect_uris: readonly string[];
    readonly response_types: readonly string[];
    readonly grant_types: readonly string[];
    readonly token_endpoint_auth_method: string;
    readonly id_token_signed_response_alg: string;
  }

  export interface Account {
    readonly accountId: string;
    claims(): Readonly<Record<string, unknown>> & { readonly sub: string };
  }

  export interface Configuration {
    readonly clients: readonly ClientMetadata[];
    readonly clientAuthMethods: readonly string[];
    readonly cookies: { readonly keys: readonly string[] };
    readonly pkce: { required(): boolean };
    readonly features: { readonly devInteractions: { readonly enabled: boolean } };
    readonly interactions: { url(context: unknown, interaction: { readonly uid: string }): string };
    readonly conformIdTokenClaims: boolean;
    /** by scope, or by claim where null */
    readonly claims: Readonly<Record<string, readonly string[] | null>>;
    readonly jwks?: { readonly keys: readonly object[] };
    findAccount(context: unknown, id: string): Account;
  }

  export interface Grant {
    addOIDCScope(scope: string): void;
    /** its id */
    save(): Promise<string>;
  }

  export class Provider {
    readonly Grant: new (of: {
      readonly accountId: string;
      readonly clientId: string;
    }) => Grant;
    constructor(issuer: string, configuration: Configuration);
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
    /** Answers with a redirect that goes on with what the interaction interrupted. */
    interactionFinished(request: IncomingMessage, response: ServerResponse, result: object): Promise<void>;
  }
}
