// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {both, either, plus, svm} from "./Cheats.sol";
import {Terms} from "./Escrow.sol";
import {CONTESTED, DELIVERED, DISPUTED, FUNDED, Pot, World} from "./World.sol";

// Marks: by the party or with its signature, in time, and nothing changes but the state and the deadline, so that an order
// that lives stays one (`_lives`). For all terms, states, callers, times, expiries and signatures of 65 bytes.
contract Marks is World {
    function check_deliver(Terms memory terms, address caller, uint40 expiry, uint40 time) public {
        (bytes32 id, Pot memory pot) = _live(terms, time);
        bytes memory signature = svm.createBytes(65, "signature");
        _succeeds(caller, abi.encodeCall(escrow.deliver, (terms, expiry, signature)));
        assert(either(caller == terms.seller, _consents(terms.seller, _mark(true, id, pot.since, expiry), expiry, signature)));
        assert(both(pot.state == FUNDED, both(terms.review != 0, time < pot.until)));
        _marked(terms, id, pot, plus(time, terms.review), DELIVERED);
    }

    function check_dispute(Terms memory terms, address caller, address by, uint40 expiry, uint40 time) public {
        (bytes32 id, Pot memory pot) = _live(terms, time);
        bytes memory signature = svm.createBytes(65, "signature");
        _succeeds(caller, abi.encodeCall(escrow.dispute, (terms, by, expiry, signature)));
        assert(either(by == terms.buyer, by == terms.seller));
        assert(either(caller == by, _consents(by, _mark(false, id, pot.since, expiry), expiry, signature)));
        assert(both(either(pot.state == FUNDED, pot.state == DELIVERED), time < pot.until));
        if (pot.state == FUNDED) _marked(terms, id, pot, plus(time, terms.ruling), DISPUTED);
        else _marked(terms, id, pot, plus(time, terms.ruling), CONTESTED);
    }

    function _marked(Terms memory terms, bytes32 id, Pot memory pot, uint256 until, uint256 state) private view {
        assert(_word(id) == (pot.held << 96 | pot.since << 56 | until << 16 | state));
        assert(_lives(terms, _pot(id), block.timestamp));
    }

    function _consents(address party, bytes32 content, uint40 expiry, bytes memory signature) private view returns (bool) {
        return both(_signs(party, _due(content), signature), block.timestamp < expiry);
    }
}
