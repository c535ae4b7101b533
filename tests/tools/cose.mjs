// Checks records with libraries of other origin: COSE by @auth0/cose, deterministic CBOR by cbor2, hashing by node.
// node cose.mjs network < JSON list of records in hexadecimal > JSON list with what came of each

import { createHash, webcrypto } from 'node:crypto'
import { text } from 'node:stream/consumers'

import { Sign1 } from '@auth0/cose'
import { cdeEncodeOptions, decode, encode } from 'cbor2'

const [network] = process.argv.slice(2)
const records = JSON.parse(await text(process.stdin))
const externalAAD = Buffer.from(`etal/1/${network}`)
const bytes = (hex) => new Uint8Array(Buffer.from(hex, 'hex'))
const hex = (data) => Buffer.from(data).toString('hex')

// JavaScript numbers can't tell an integer from a float; this profile has no floats at all.
const integersOnly = { ...cdeEncodeOptions, avoidInts: false, collapseBigInts: true }

async function check(raw) {
  const message = Sign1.decode(bytes(raw))
  const payload = decode(message.payload)
  const signer = payload.signer ?? payload.author
  const key = await webcrypto.subtle.importKey('raw', signer, { name: 'Ed25519' }, true, ['verify'])
  await message.verify(key, { externalAAD })
  const signed = encode(['Signature1', bytes('a10127'), new Uint8Array(externalAAD), message.payload])
  return {
    id: hex(createHash('sha256').update(signed).digest()),
    kind: payload.kind,
    author: hex(payload.author),
    signer: hex(signer),
    canonical: hex(encode(payload, integersOnly)) === hex(message.payload),
  }
}

const results = []
for (const raw of records) {
  results.push(await check(raw).catch((error) => ({ error: String(error) })))
}
console.log(JSON.stringify(results))
