"""What one node grants to strangers. Every number that bounds a peer stands here."""

from dataclasses import dataclass

MAX_GOSSIP = 256 * 1024  # bytes of one gossiped batch
MAX_GOSSIP_FRAME = (
    MAX_GOSSIP + 64 * 1024
)  # one pubsub RPC: a batch, its signature and control messages
MAX_GOSSIP_MESSAGES = 64  # messages in one pubsub RPC
MAX_GOSSIP_IDS = (
    64  # message ids that one IHAVE or IWANT may carry, and control entries of each sort
)
MAX_QUEUE = 4 * 1024 * 1024  # bytes of gossip waiting for one peer
MAX_PRUNE_BACKOFF = 60  # seconds that a peer may keep us out of its mesh
MAX_NEGOTIATION = 1024  # bytes of one multistream-select message
MAX_WINDOW = 1024 * 1024  # bytes that a stream's receive window may grow to
MAX_BUFFERED = 8 * 1024 * 1024  # unread bytes of all streams of one connection
MAX_KNOWN = 1000  # peers whose addresses are remembered
MAX_ADDRESSES = 8  # addresses remembered of one peer


@dataclass(frozen=True)
class Limits:
    """Times in seconds. The defaults suit a home computer; tests shorten the times."""

    inbound: int = 200  # connections accepted, half-open ones included
    outbound: int = 64  # connections dialled
    per_host: int = 64  # established inbound connections of one IP address
    pending_per_host: int = 16  # unfinished handshakes of one IP address; the oldest gives way
    handshake: float = 5.0
    streams_per_connection: int = 64  # inbound streams alive on one connection
    requests_per_peer: int = 16  # requests answered at once for one peer
    requests: int = 128  # requests answered at once for everybody; who has most gives way
    requests_to_peer: int = 8  # requests of ours under way to one peer; more wait
    receive: float = 10.0  # to receive a request whole
    answer: float = 60.0  # to work out and send an answer
    gossip_in_flight: int = 8  # batches of one peer judged at once
    judge: float = 30.0  # to judge one batch
    pace: float = 5.0  # how long a slow peer may hold back `publish`
    cache_bytes: int = 32 * 1024 * 1024  # gossip kept for peers that ask for it again
    strikes: int = 5  # offences until a peer is disconnected
    banned: float = 300.0
    dial: float = 10.0
    redial_first: float = 1.0
    redial_longest: float = 300.0
    redial_bootstrap: float = 30.0  # the same for bootstrap peers: few, and the way back
    ping_every: float = 15.0
    ping_timeout: float = 10.0
    farewell: float = 1.0  # for one peer to take our goodbye
    shutdown: float = 5.0  # for libp2p to close what is left
