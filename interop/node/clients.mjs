// Reads {issuer, secrets, me} from standard input, walks through the OAuth endpoints of the server with
// openid-client and oauth4webapi, and writes what each step said.
import * as client from 'openid-client'
import * as oauth from 'oauth4webapi'

let text = ''
for await (const chunk of process.stdin) text += chunk
const { issuer, secrets, me } = JSON.parse(text)
const out = {}
const step = async (name, run) => {
  try {
    out[name] = await run()
  } catch (e) {
    if (e.code === 'OAUTH_WWW_AUTHENTICATE_CHALLENGE') {
      out[name] = 'refused: ' + e.cause[0].scheme + ', ' + (await e.response.json()).error
      return
    }
    out[name] = 'refused: ' + (e.error ?? e.cause?.error ?? e.code ?? e)
  }
}
const discover = (id, auth) =>
  client.discovery(new URL(issuer), id, secrets[id], auth, { algorithm: 'oauth2', execute: [client.allowInsecureRequests] })
const call = async (token) => (await fetch(me, { headers: { authorization: 'Bearer ' + token } })).status

// openid-client
const legacy = await discover('legacy')
const password = (config, word) => client.genericGrantRequest(config, 'password', { username: 'alice', password: word, scope: 'read' })
out.issuer = legacy.serverMetadata().issuer
const first = await password(legacy, 'correct horse')
out.scope = first.scope
await step('me', () => call(first.access_token))
const second = await client.refreshTokenGrant(legacy, first.refresh_token)
out.rotated = second.refresh_token !== first.refresh_token
await step('narrowed', async () => (await client.refreshTokenGrant(legacy, second.refresh_token, { scope: 'read' })).scope)
await step('widened', () => client.refreshTokenGrant(legacy, second.refresh_token, { scope: 'read write' }))
await step('wrong password', () => password(legacy, 'wrong horse'))
await step('garbage', () => client.refreshTokenGrant(legacy, 'garbage'))
await step('unknown grant', () => client.genericGrantRequest(legacy, 'foo', {}))
const gateway = await discover('gateway')
await step('introspected', async () => (await client.tokenIntrospection(gateway, first.access_token)).active)
await step('introspected refresh', async () => JSON.stringify(await client.tokenIntrospection(gateway, second.refresh_token)))
await step('introspected by another', () => client.tokenIntrospection(legacy, first.access_token))
await step('revoked by another', () => discover('service').then((c) => client.tokenRevocation(c, second.refresh_token)))
await step('active after that', async () => (await client.tokenIntrospection(gateway, first.access_token)).active)
await step('revoked', async () => (await client.tokenRevocation(legacy, second.refresh_token)) ?? 'ok')
await step('revoked again', async () => (await client.tokenRevocation(legacy, second.refresh_token)) ?? 'ok')
await step('revoked garbage', async () => (await client.tokenRevocation(legacy, 'garbage')) ?? 'ok')
await step('refreshed after that', () => client.refreshTokenGrant(legacy, second.refresh_token))
await step('introspected after that', async () => JSON.stringify(await client.tokenIntrospection(gateway, first.access_token)))
await step('me after that', () => call(first.access_token))
for (const [name, auth] of Object.entries({ basic: client.ClientSecretBasic, post: client.ClientSecretPost })) {
  const service = await discover('service', auth(secrets.service))
  await step('client credentials by ' + name, async () => (await client.clientCredentialsGrant(service, { scope: 'read' })).scope)
  await step('wrong secret by ' + name, async () => client.clientCredentialsGrant(await discover('service', auth('wrong'))))
}
await step('public client', async () => (await password(await discover('phone', client.None()), 'correct horse')).scope)

// A spent refresh token ends its session.
const reused = await password(legacy, 'correct horse')
const successor = await client.refreshTokenGrant(legacy, reused.refresh_token)
const third = await client.refreshTokenGrant(legacy, successor.refresh_token)
await step('reused', () => client.refreshTokenGrant(legacy, reused.refresh_token))
await step('after reuse', () => client.refreshTokenGrant(legacy, third.refresh_token))

// oauth4webapi: metadata, and the access token of a client as RFC 9068 has it
const insecure = { [oauth.allowInsecureRequests]: true }
const as = await oauth.processDiscoveryResponse(new URL(issuer), await oauth.discoveryRequest(new URL(issuer), { algorithm: 'oauth2', ...insecure }))
out.metadata = as
const tokens = {
  service: (await client.clientCredentialsGrant(await discover('service'))).access_token,
  user: (await password(legacy, 'correct horse')).access_token,
  login: (await (await fetch(issuer + '/auth/login', {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ username: 'alice', password: 'correct horse' }),
  })).json()).access_token,
}
for (const [name, token] of Object.entries(tokens)) {
  const request = new Request(me, { headers: { authorization: 'Bearer ' + token } })
  await step('RFC 9068 ' + name, async () => (await oauth.validateJwtAccessToken(as, request, name === 'service' ? 'https://reports.example' : issuer, insecure)).client_id)
}
await step('introspected by oauth4webapi', async () => {
  const c = { client_id: 'gateway' }
  const response = await oauth.introspectionRequest(as, c, oauth.ClientSecretBasic(secrets.gateway), tokens.user, insecure)
  return (await oauth.processIntrospectionResponse(as, c, response)).client_id
})
await step('revoked by oauth4webapi', async () => {
  const response = await oauth.revocationRequest(as, { client_id: 'legacy' }, oauth.ClientSecretBasic(secrets.legacy), tokens.user, insecure)
  return (await oauth.processRevocationResponse(response)) ?? 'ok'
})
// Not ours to fail: the client has to understand both challenges.
await step('challenge', async () => {
  const response = await fetch(me, { headers: { authorization: 'Bearer ' + tokens.user } })
  const c = { client_id: 'legacy' }
  try {
    await oauth.processRevocationResponse(response)
  } catch (e) {
    return e.cause?.[0]?.scheme + ' ' + e.cause?.[0]?.parameters?.error
  }
  return c.client_id
})
console.log(JSON.stringify(out))
