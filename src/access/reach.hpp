#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "db/driver.hpp"

namespace nassaq::access {

/// Which documents somebody may read: what Rights says of one, for statements about many.
struct Reach {
    enum class Kind {
        nothing,     ///< The role may read none.
        own,         ///< Only those that are his.
        some,        ///< His own, and what `folders`, `documents` and `hidden` say.
        everything,  ///< An administrator's.
    };

    Kind kind = Kind::nothing;
    std::int64_t owner_id = 0;
    std::vector<std::int64_t> folders;    ///< In which he may read what nothing at the document itself forbids.
    std::vector<std::int64_t> documents;  ///< That he may read wherever they are.
    std::vector<std::int64_t> hidden;     ///< That he may not.
    std::vector<std::int64_t> audiences;  ///< The same as `folders`, as audiences.hpp has them.
    std::string fingerprint;              ///< Of all folders that govern, of which these are some.

    // Each of the lists is in order.
    [[nodiscard]] bool includes(std::int64_t doc_id, std::int64_t owner_id_of_document, std::int64_t path_id) const;
};

/// Of whom no entry says anything; of an administrator.
std::shared_ptr<const Reach> reach_of_owner(std::int64_t owner_id);
std::shared_ptr<const Reach> reach_of_everything();

/// A condition, and what is bound to it. Owns the texts that its values are views of.
struct ReadableCondition {
    std::string sql;  ///< Between parentheses.
    std::vector<db::Parameter> values;
    std::deque<std::string> texts;
};

/// That a column is one of these ids. However many they are, they are one value, so that there is one statement to
/// prepare: it is added to the condition's, and the SQL returned.
std::string is_one_of(std::string_view column, std::span<const std::int64_t> ids, db::Dialect dialect,
                      ReadableCondition& condition);

/// That a row of Documents is one that he may read.
/// @param documents  the name that the statement has for Documents
ReadableCondition readable_by(const Reach& reach, db::Dialect dialect, std::string_view documents);

/// How many documents that are, as an expression: a sum of counts each of which an index gives, for a reach of `some`.
/// @param others_only  without his own
ReadableCondition count_of_readable(const Reach& reach, db::Dialect dialect, bool others_only);

}  // namespace nassaq::access
