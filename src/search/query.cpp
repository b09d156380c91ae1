#include "search/query.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "search/folding.hpp"

namespace nassaq::search {
namespace {

constexpr auto quotes = std::to_array<std::string_view>({"\"", "“", "”", "„", "«", "»"});
constexpr auto minus_signs = std::to_array<std::string_view>({"-", "−"});
// Also what keyboards and documents put between words.
constexpr auto spaces = std::to_array<std::string_view>({" ", "\t", "\r", "\n", "\u00A0", "\u3000"});

/// As short a prefix stands for too many words to be of use.
constexpr std::size_t shortest_prefix = 2;

/// Words of which every text is full, folded.
constexpr auto common_words = std::to_array<std::string_view>(
    {"the", "of", "and", "a",   "an", "in", "to", "for", "on", "is", "at",  "by",  "or",
     "في",  "من", "علي", "الي", "عن", "ان", "او", "و",   "ما", "لا", "هذا", "هذه", "مع"});

/// Reads what was typed, piece by piece.
class Reader {
public:
    explicit Reader(std::string_view text) : rest_(text) {}

    template <std::size_t N>
    bool skip_one_of(const std::array<std::string_view, N>& signs) {
        const auto* found = std::ranges::find_if(signs, [&](std::string_view sign) { return rest_.starts_with(sign); });
        if (found == signs.end()) {
            return false;
        }
        rest_.remove_prefix(found->size());
        return true;
    }

    /// Up to the next of these signs, or the end.
    template <std::size_t N>
    std::string_view read_until(const std::array<std::string_view, N>& signs) {
        std::size_t end = rest_.size();
        for (const std::string_view sign : signs) {
            end = std::min(end, rest_.find(sign));
        }
        const std::string_view piece = rest_.substr(0, end);
        rest_.remove_prefix(end);
        return piece;
    }

    [[nodiscard]] bool is_at_end() const { return rest_.empty(); }

private:
    std::string_view rest_;
};

constexpr auto word_ends =
    std::to_array<std::string_view>({" ", "\t", "\r", "\n", "\u00A0", "\u3000", "\"", "“", "”", "„", "«", "»"});

Unit read_unit(Reader& reader) {
    if (reader.skip_one_of(quotes)) {
        Unit unit{.kind = Unit::Kind::phrase, .words = fold_words(reader.read_until(quotes))};
        reader.skip_one_of(quotes);
        return unit;
    }
    const std::string_view typed = reader.read_until(word_ends);
    Unit unit{.kind = Unit::Kind::word, .words = fold_words(typed)};
    if (typed.ends_with('*') && unit.words.size() == 1 && unit.words.front().size() >= shortest_prefix) {
        unit.kind = Unit::Kind::prefix;
    } else {
        unit.is_common =
            unit.words.size() == 1 && std::ranges::find(common_words, unit.words.front()) != common_words.end();
    }
    return unit;
}

void keep(std::vector<Unit>& units, Unit unit, std::size_t most) {
    if (unit.words.empty() || units.size() >= most) {
        return;
    }
    if (unit.words.size() > longest_phrase) {
        unit.words.resize(longest_phrase);
    }
    units.push_back(std::move(unit));
}

}  // namespace

std::vector<Unit> Query::significant() const {
    std::vector<Unit> units;
    std::ranges::copy_if(wanted, std::back_inserter(units), [](const Unit& unit) { return !unit.is_common; });
    return units.empty() ? wanted : units;
}

Query parse_query(std::string_view text) {
    Query query;
    Reader reader(text);
    while (!reader.is_at_end()) {
        if (reader.skip_one_of(spaces)) {
            continue;
        }
        const bool is_excluded = reader.skip_one_of(minus_signs);
        Unit unit = read_unit(reader);
        if (is_excluded) {
            keep(query.excluded, std::move(unit), most_excluded);
        } else {
            keep(query.wanted, std::move(unit), most_units);
        }
    }
    std::ranges::copy_if(query.wanted, std::back_inserter(query.required),
                         [](const Unit& unit) { return unit.kind == Unit::Kind::phrase; });
    return query;
}

}  // namespace nassaq::search
