// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {WithToken} from "./Actors.sol";
import {Authorization, Terms} from "./Campaign.sol";
import {AMOUNT, CampaignWorld, LIVE, State} from "./CampaignWorld.sol";
import {both, minus, plus, svm, vm} from "./Cheats.sol";

// Pledging: in time, by the backer alone or what it has authorized for this very campaign and order; exactly the amount arrives, is
// added to its pledge and to the sum, and to nothing else. For all terms, states, callers, amounts, times and storages.
contract CampaignPledging is CampaignWorld, WithToken {
    // An authorization but for its signature.
    struct Given {
        address backer;
        uint112 amount;
        uint256 validAfter;
        uint256 validBefore;
        bytes32 order;
    }

    // What there was before a call.
    struct Before {
        bytes32 id;
        State state;
        uint256 mark;
        address other; // any other backer at all
        uint256 others;
        uint256 objections;
        uint256 owned;
        uint256 had; // by the backer, of the token
        Aside aside;
    }

    function check_coin(Terms memory terms, address caller, uint112 amount, bytes32 order, uint128 value, uint40 time) public {
        terms.token = address(0);
        Before memory before = _begin(terms, caller, time);
        vm.deal(caller, value);
        (bool done,) = _call(caller, value, abi.encodeCall(campaign.pledge, (terms, amount, order)));
        vm.assume(done);
        assert(both(value == amount, subject.balance == plus(before.aside.coin, amount)));
        _pledged(terms, before, caller, amount, time);
    }

    function check_token(Terms memory terms, address caller, uint112 amount, bytes32 order, uint128 value, uint40 time) public {
        terms.token = address(token);
        Before memory before = _begin(terms, caller, time);
        vm.deal(caller, value);
        (bool done,) = _call(caller, value, abi.encodeCall(campaign.pledge, (terms, amount, order)));
        vm.assume(done);
        assert(both(value == 0, token.balanceOf(subject) == plus(before.owned, amount)));
        assert(both(token.balanceOf(caller) == minus(before.had, amount), subject.balance == before.aside.coin));
        _pledged(terms, before, caller, amount, time);
    }

    // Anyone may submit; the one authorization that was ever signed must name this campaign and order, the amount and the contract.
    function check_authorized(Terms memory terms, Given memory signed, address caller, uint40 time, bool plain) public {
        terms.token = address(token);
        vm.assume(signed.backer != subject); // which signs nothing
        Authorization memory given = Authorization(signed.backer, signed.amount, signed.validAfter, signed.validBefore, signed.order, svm.createBytes(plain ? 65 : 96, "signature"));
        Before memory before = _begin(terms, given.backer, time);
        Authorization[] memory all = new Authorization[](1);
        all[0] = given;
        _succeeds(caller, abi.encodeCall(campaign.pledgeWithAuthorizations, (terms, all)));
        bytes32 nonce = keccak256(abi.encode(before.id, given.order));
        assert(token.authorized() == keccak256(abi.encode(given.backer, subject, uint256(given.amount), given.validAfter, given.validBefore, nonce)));
        assert(both(given.backer != address(0), token.balanceOf(subject) == plus(before.owned, given.amount)));
        assert(both(token.balanceOf(given.backer) == minus(before.had, given.amount), subject.balance == before.aside.coin));
        _pledged(terms, before, given.backer, given.amount, time);
    }

    function _begin(Terms memory terms, address backer, uint40 time) private returns (Before memory before) {
        vm.assume(backer != subject); // it calls nobody with the names of its own functions
        (before.id, before.state) = _live(terms, time);
        before.other = svm.createAddress("other");
        vm.assume(before.other != backer);
        _backs(before.id, before.state, backer, before.other);
        before.mark = _mark(before.id, backer);
        before.others = _mark(before.id, before.other);
        before.objections = _objections(before.id);
        before.owned = token.balanceOf(subject);
        before.had = token.balanceOf(backer);
        before.aside = _aside(before.id);
    }

    function _pledged(Terms memory terms, Before memory before, address backer, uint256 amount, uint256 time) private view {
        State memory state = before.state;
        assert(both(both(state.phase == LIVE, time < terms.until), amount != 0));
        state.pledges = plus(state.pledges, amount);
        state.money = plus(state.money, amount);
        assert(both(state.pledges <= AMOUNT, _word(before.id) == _packed(state)));
        assert(_mark(before.id, backer) == plus(before.mark, amount << 32));
        assert(both(_mark(before.id, before.other) == before.others, _objections(before.id) == before.objections));
        assert(both(_lives(terms, _state(before.id), time), _still(before.aside)));
    }
}
