// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Terms, Tranche} from "./Campaign.sol";
import {CampaignPayments} from "./CampaignPayments.sol";
import {LIVE, PAID, STOPPED, State, TURN} from "./CampaignWorld.sol";
import {both, either, implies, minus, plus, product, svm, vm} from "./Cheats.sol";
import {InCoin, InToken} from "./Ledger.sol";
import {WHOLE} from "./Proof.sol";
import {Owed} from "./Withdrawals.sol";

// No money is made or lost: whoever calls, and whoever refuses, each account ends with what the table "Where the money
// goes" of the specification gives it, as balance or as claim, and campaign and backers keep what is left. For all terms, lists
// of 0 to 2 tranches or backers, states, callers, times and storages; accounts may play several parts.
abstract contract CampaignMoney is CampaignPayments, Owed {
    // What a backer says, and had pledged and said before.
    struct Voice {
        address backer;
        bool objects;
        uint40 expiry;
        uint256 mark;
        uint256 objections;
    }

    // Any other backer at all.
    struct Other {
        address who;
        uint256 mark;
        uint256 objections;
    }

    // Anyone pays the creator what is due.
    function check_collect(Terms memory terms, Tranche[] memory tranches, address caller, uint40 time) public {
        (bytes32 id, State memory state, Watched memory watched) = _begin(terms, time);
        _listed(id, terms, tranches, state);
        State memory then = _collected(tranches, state, time);
        Other memory other = _beside(id, state, new address[](0));
        _succeeds(caller, abi.encodeCall(campaign.collect, (terms, tranches)));
        _push(terms.payout, minus(state.money, then.money));
        bool right = both(both(_shown(terms, tranches), _succeeded(terms, state, time)), then.paid > state.paid);
        right = both(right, both(_mark(id, other.who) == other.mark, _objections(id) == other.objections));
        right = both(right, both(_word(id) == _packed(then), _matches(watched)));
        assert(both(right, both(_lives(terms, then, time), _lasts(terms, tranches, then))));
    }

    function _collected(Tranche[] memory tranches, State memory state, uint256 time) private pure returns (State memory) {
        (uint256 owed, uint256 paid) = _owing(tranches, state, time);
        return State(state.pledges, minus(state.money, owed), paid, paid == tranches.length ? PAID : LIVE);
    }

    // Anyone gives backers back what is theirs.
    function check_refund(Terms memory terms, address[] memory backers, address caller, uint40 time) public {
        (bytes32 id, State memory state, Watched memory watched) = _begin(terms, time);
        Other memory other = _beside(id, state, backers);
        (uint256[] memory shares, State memory then) = _shares(id, state, backers);
        _succeeds(caller, abi.encodeCall(campaign.refund, (terms, backers)));
        bool right = both(_goesBack(terms, state, time), _refunded(id, backers, shares));
        right = both(right, both(then.pledges != state.pledges, _mark(id, other.who) == other.mark));
        right = both(right, both(_word(id) == _packed(then), _matches(watched)));
        assert(both(right, _lives(terms, then, time)));
    }

    function _beside(bytes32 id, State memory state, address[] memory backers) private view returns (Other memory other) {
        other.who = svm.createAddress("other");
        for (uint256 i; i < backers.length; ++i) {
            _backs(id, state, backers[i], other.who);
            _backs(id, state, backers[0], backers[i]);
            vm.assume(backers[i] != other.who);
        }
        (other.mark, other.objections) = (_mark(id, other.who), _objections(id));
    }

    function _alone(address backer) private pure returns (address[] memory backers) {
        backers = new address[](1);
        backers[0] = backer;
    }

    function _refunded(bytes32 id, address[] memory backers, uint256[] memory shares) private returns (bool right) {
        right = true;
        for (uint256 i; i < backers.length; ++i) {
            _push(backers[i], shares[i]);
            right = both(right, _mark(id, backers[i]) >> 32 == 0);
        }
    }

    function _goesBack(Terms memory terms, State memory state, uint256 time) private pure returns (bool) {
        bool failed = both(time >= terms.until, state.pledges < terms.goal);
        return both(state.phase != PAID, implies(state.phase == LIVE, failed));
    }

    // A backer objects, or no longer does; with objections enough, the creator is paid what is due and the rest is stopped.
    function check_object(Terms memory terms, Tranche[] memory tranches, Voice memory voice, address caller, uint40 time) public {
        (bytes32 id, State memory state, Watched memory watched) = _begin(terms, time);
        _listed(id, terms, tranches, state);
        (voice.mark, voice.objections) = (_mark(id, voice.backer), _objections(id));
        vm.assume(voice.mark & TURN != TURN); // nobody changes its mind so often
        Other memory other = _beside(id, state, _alone(voice.backer));
        bool right = _speaks(id, terms, tranches, voice, caller);
        State memory then = _heard(id, terms, tranches, state, voice.objects);
        right = both(right, both(_shown(terms, tranches), _succeeded(terms, state, time)));
        right = both(right, both(_mark(id, other.who) == other.mark, _word(id) == _packed(then)));
        right = both(right, both(_matches(watched), _lives(terms, then, time)));
        assert(both(right, _lasts(terms, tranches, then)));
    }

    // What becomes of the campaign, and what is paid. Nobody objects when all is due.
    function _heard(bytes32 id, Terms memory terms, Tranche[] memory tranches, State memory state, bool objects) private returns (State memory) {
        (uint256 owed, uint256 paid) = _owing(tranches, state, block.timestamp);
        assert(paid != tranches.length);
        if (!objects || product(_objections(id), WHOLE) < product(state.pledges, terms.stopBps)) return state;
        _push(terms.payout, owed);
        return State(state.pledges, minus(state.money, owed), paid, STOPPED);
    }

    // By the backer or with its signature, and another thing than before.
    function _speaks(bytes32 id, Terms memory terms, Tranche[] memory tranches, Voice memory voice, address caller) private returns (bool right) {
        bytes memory signature = svm.createBytes(65, "signature");
        _succeeds(caller, abi.encodeCall(campaign.object, (terms, tranches, voice.backer, voice.objects, voice.expiry, signature)));
        uint256 turn = plus(voice.mark & TURN, 1);
        bytes32 digest = _due(_objection(id, voice.objects, turn, voice.expiry));
        right = both(_signs(voice.backer, digest, signature), block.timestamp < voice.expiry);
        right = either(right, caller == voice.backer);
        right = both(right, both(voice.objects == (turn & 1 == 1), _counted(id, voice)));
    }

    function _counted(bytes32 id, Voice memory voice) private view returns (bool) {
        uint256 weight = voice.mark >> 32;
        uint256 sum = voice.objects ? plus(voice.objections, weight) : minus(voice.objections, weight);
        return both(weight != 0, both(_mark(id, voice.backer) == plus(voice.mark, 1), _objections(id) == sum));
    }

    function _succeeded(Terms memory terms, State memory state, uint256 time) private pure returns (bool) {
        return both(state.phase == LIVE, both(time >= terms.until, state.pledges >= terms.goal));
    }

    function _begin(Terms memory terms, uint40 time) private returns (bytes32 id, State memory state, Watched memory watched) {
        terms.token = _currency();
        (id, state) = _live(terms, time);
        watched = _watch(state.money);
    }
}

contract CampaignMoneyInCoin is CampaignMoney, InCoin {}

contract CampaignMoneyInToken is CampaignMoney, InToken {}
