// Reads {jwks, issuer, audience, tokens: [{name, token}], encrypted: [{name, token, key}]} from standard
// input, verifies the tokens through the key set at that URL, decrypts the encrypted ones first, and makes a
// token of its own with the key {signer}. Writes what each said.
import { compactDecrypt, createRemoteJWKSet, importJWK, jwtVerify, SignJWT } from 'jose'

let text = ''
for await (const chunk of process.stdin) text += chunk
const input = JSON.parse(text)
const jwks = createRemoteJWKSet(new URL(input.jwks))
const rules = { issuer: input.issuer, audience: input.audience, typ: 'at+jwt' }
const out = { verified: {}, made: {} }

for (const { name, token } of input.tokens) {
  try {
    out.verified[name] = (await jwtVerify(token, jwks, rules)).payload.sub
  } catch (e) {
    out.verified[name] = 'refused: ' + e.code
  }
}
for (const { name, token, key } of input.encrypted) {
  const { plaintext, protectedHeader } = await compactDecrypt(token, await importJWK(key, key.alg))
  const { payload } = await jwtVerify(new TextDecoder().decode(plaintext), jwks, rules)
  out.verified[name] = payload.sub + ' ' + protectedHeader.alg + ' ' + protectedHeader.enc
}
for (const key of input.signers) {
  out.made[key.alg] = await new SignJWT({ type: 'access' })
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'at+jwt' })
    .setIssuer(input.issuer).setAudience(input.audience).setSubject('bob').setJti('0123456789abcdef')
    .setIssuedAt().setExpirationTime('5m').sign(await importJWK(key, key.alg))
}
console.log(JSON.stringify(out))
