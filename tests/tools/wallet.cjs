// A wallet nobody here wrote (headless-web3-provider), spoken to over stdin and stdout, one JSON message a line.
//   node wallet.cjs KEY CHAIN_ID RPC_URL [CHAIN_ID RPC_URL …]
// {"id", "method", "params"} is an EIP-1193 request; {"id", "control": "approve" | "reject", "method"} is the person's answer.
const { Web3ProviderBackend } = require('headless-web3-provider')
const { createInterface } = require('node:readline')

const [key, ...rest] = process.argv.slice(2)
const chains = []
for (let i = 0; i < rest.length; i += 2) chains.push({ chainId: Number(rest[i]), rpcUrl: rest[i + 1] })
const wallet = new Web3ProviderBackend([key], chains)
const say = (message) => process.stdout.write(JSON.stringify(message) + '\n')

createInterface({ input: process.stdin }).on('line', async (line) => {
  const { id, control, method, params } = JSON.parse(line)
  try {
    if (control === 'pending') say({ id, result: wallet.getPendingRequests().map((each) => each.method) })
    else if (control === 'approve') say({ id, result: (await wallet.authorize(method)) ?? null })
    else if (control === 'reject') say({ id, result: (await wallet.reject(method)) ?? null })
    else say({ id, result: (await wallet.request({ method, params: params ?? [] })) ?? null })
  } catch (error) {
    say({ id, error: { code: error.code ?? -32603, message: String(error.shortMessage ?? error.message) } })
  }
})
