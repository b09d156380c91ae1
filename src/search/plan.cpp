#include "search/plan.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

#include "search/folding.hpp"

namespace nassaq::search {
namespace {

using Kind = Condition::Kind;
using Scope = Condition::Scope;
using Form = Condition::Form;

// A unit gives one point, and there are at most most_units of them.
constexpr std::int64_t unit_weight = 1;
constexpr std::int64_t exact_weight = 32;
constexpr std::int64_t name_weight = 64;
constexpr std::int64_t all_weight = 128;
constexpr std::int64_t phrase_weight = 256;
static_assert(most_units * unit_weight < exact_weight);

Condition leaf(Scope scope, Form form, std::vector<std::string> words) {
    return {.kind = Kind::leaf, .scope = scope, .form = form, .words = std::move(words)};
}

Condition nothing() {
    return {.kind = Kind::any};
}

/// Of parts that find nothing, nothing is left for the databases.
Condition combine(Kind kind, std::vector<Condition> parts) {
    if (kind == Kind::all && std::ranges::any_of(parts, finds_nothing)) {
        return nothing();
    }
    std::erase_if(parts, finds_nothing);
    return parts.size() == 1 ? std::move(parts.front()) : Condition{.kind = kind, .parts = std::move(parts)};
}

Condition any_of(const std::vector<std::string>& words, Scope scope) {
    std::vector<Condition> parts;
    std::ranges::transform(words, std::back_inserter(parts),
                           [&](const std::string& word) { return leaf(scope, Form::words, {word}); });
    return combine(Kind::any, std::move(parts));
}

/// Just as it was typed.
Condition exactly(const Unit& unit, Scope scope) {
    if (const auto& words = scope == Scope::name ? unit.begun_words_in_names : unit.begun_words) {
        return any_of(*words, scope);
    }
    Condition condition = leaf(scope, unit.kind == Unit::Kind::prefix ? Form::prefix : Form::words, unit.words);
    condition.is_in_vocabulary = unit.is_in_vocabulary;
    return condition;
}

/// In whatever form it is good enough.
Condition loosely(const Unit& unit, Scope scope) {
    if (!unit.alternatives.empty()) {
        return any_of(unit.alternatives, scope);
    }
    if (unit.kind == Unit::Kind::word && unit.words.size() == 1) {
        return leaf(scope, Form::stem, {stem(unit.words.front())});
    }
    return exactly(unit, scope);
}

template <class Make>
std::vector<Condition> for_each_unit(const std::vector<Unit>& units, Make make) {
    std::vector<Condition> conditions;
    std::ranges::transform(units, std::back_inserter(conditions), make);
    return conditions;
}

/// The quoted ones, which every hit has, and then the first others. Those of a kind side by side, so that databases
/// that have to be told in SQL are not told the same in ever other words.
std::vector<Unit> sorted_units(const Query& query, std::size_t most) {
    std::vector<Unit> units = query.significant();
    std::ranges::stable_partition(units, [](const Unit& unit) { return unit.kind == Unit::Kind::phrase; });
    units.resize(std::min(units.size(), most));
    std::ranges::stable_sort(units, {}, [](const Unit& unit) { return std::pair(unit.kind, unit.words.size()); });
    return units;
}

/// All words of a query that is nothing but words.
std::vector<std::string> words_in_sequence(const Query& query) {
    std::vector<std::string> words;
    for (const Unit& unit : query.wanted) {
        if (unit.kind != Unit::Kind::word || !unit.alternatives.empty()) {
            return {};
        }
        words.insert(words.end(), unit.words.begin(), unit.words.end());
    }
    return words.size() <= longest_phrase ? words : std::vector<std::string>();
}

/// All of the parts, each once, and in one order, so that what is the same is known for it.
Condition all_of(std::vector<Condition> parts, Condition condition) {
    auto others = condition.kind == Kind::all ? std::move(condition.parts) : std::vector{std::move(condition)};
    for (Condition& other : others) {
        if (std::ranges::find(parts, other) == parts.end()) {
            parts.push_back(std::move(other));
        }
    }
    return combine(Kind::all, std::move(parts));
}

/// What holds for every hit besides what a pass looks for.
struct Restriction {
    std::vector<Condition> required;
    Condition excluded;
};

Restriction restriction_of(const Query& query, std::size_t most) {
    const auto anywhere = [](const Unit& unit) { return loosely(unit, Scope::anywhere); };
    Restriction restriction{.required = for_each_unit(query.required, anywhere),
                            .excluded = combine(Kind::any, for_each_unit(query.excluded, anywhere))};
    restriction.required.resize(std::min(restriction.required.size(), most));
    return restriction;
}

Condition restrict(Condition condition, const Restriction& restriction) {
    condition = all_of(restriction.required, std::move(condition));
    Condition excluded = restriction.excluded;
    if (!finds_nothing(condition) && !finds_nothing(excluded)) {
        std::vector<Condition> parts;
        parts.push_back(std::move(condition));
        parts.push_back(std::move(excluded));
        condition = {.kind = Kind::except, .parts = std::move(parts)};
    }
    return condition;
}

}  // namespace

bool finds_nothing(const Condition& condition) {
    return condition.kind == Kind::any && condition.parts.empty();
}

std::vector<Pass> plan(const Query& query, std::size_t most) {
    const std::vector<Unit> units = sorted_units(query, most);
    const Restriction restriction = restriction_of(query, most);
    std::vector<Pass> passes;
    const auto add = [&](Condition condition, std::int64_t weight) {
        condition = restrict(std::move(condition), restriction);
        const auto same = std::ranges::find(passes, condition, &Pass::condition);
        if (same != passes.end()) {
            same->weight += weight;
        } else {
            passes.push_back({.condition = std::move(condition), .weight = weight});
        }
    };
    const auto loose = [](Scope scope) { return [scope](const Unit& unit) { return loosely(unit, scope); }; };

    for (const Unit& unit : units) {
        add(loosely(unit, Scope::anywhere), unit_weight);
    }
    add(combine(Kind::all, for_each_unit(units, [](const Unit& unit) { return exactly(unit, Scope::anywhere); })),
        exact_weight);
    add(combine(Kind::any, for_each_unit(units, loose(Scope::name))), name_weight);
    if (units.size() > 1) {
        add(combine(Kind::all, for_each_unit(units, loose(Scope::anywhere))), all_weight);
    }
    if (auto words = words_in_sequence(query); words.size() > 1 && query.wanted.size() > 1) {
        add(leaf(Scope::anywhere, Form::words, std::move(words)), phrase_weight);
    }
    return passes;
}

std::int64_t highest_score(std::span<const Pass> passes) {
    return std::accumulate(passes.begin(), passes.end(), std::int64_t{0},
                           [](std::int64_t sum, const Pass& pass) { return sum + pass.weight; });
}

}  // namespace nassaq::search
