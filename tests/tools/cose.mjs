// Checks record vectors with libraries of other origin: COSE by @auth0/cose, deterministic CBOR by cbor2, hashing by node.
// node cose.mjs records.json network < nothing > one JSON line with what came of each vector

import { createHash, webcrypto } from 'node:crypto'
import { readFileSync } from 'node:fs'

import { Sign1 } from '@auth0/cose'
import { cdeEncodeOptions, decode, encode } from 'cbor2'

const [file, network] = process.argv.slice(2)
const vectors = JSON.parse(readFileSync(file, 'utf8'))
const externalAAD = Buffer.from(`etal/1/${network}`)
const bytes = (hex) => new Uint8Array(Buffer.from(hex, 'hex'))
const hex = (data) => Buffer.from(data).toString('hex')

// JavaScript numbers can't tell an integer from a float; this profile has no floats at all.
const integersOnly = { ...cdeEncodeOptions, avoidInts: false, collapseBigInts: true }

async function check(row) {
  const raw = bytes(row.raw)
  const message = Sign1.decode(raw)
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

const results = {}
for (const row of [...vectors.valid, ...vectors.invalid]) {
  try {
    results[row.name] = await check(row)
  } catch (error) {
    results[row.name] = { error: String(error) }
  }
}
console.log(JSON.stringify(results))
