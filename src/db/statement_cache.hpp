#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace nassaq::db {

/// The prepared statements of a connection by their texts. Beyond a number, those that have not been used for longest
/// are dropped one by one, as a search has its SQL made from what is looked for. For one thread at a time.
///
/// A Statement says by is_busy() that somebody is reading its rows.
template <class Statement>
class StatementCache {
public:
    explicit StatementCache(std::size_t most) : most_(most) {}

    /// @return nullptr when there is none of this text.
    Statement* find(std::string_view sql) {
        const auto found = by_sql_.find(sql);
        if (found == by_sql_.end()) {
            return nullptr;
        }
        by_use_.splice(by_use_.begin(), by_use_, found->second);
        return &found->second->statement;
    }

    /// Adds one that find() did not find, made from the arguments.
    template <class... Arguments>
    Statement& add(std::string_view sql, Arguments&&... arguments) {
        by_use_.emplace_front(sql, std::forward<Arguments>(arguments)...);
        by_sql_.emplace(by_use_.front().sql, by_use_.begin());
        drop_old();
        return by_use_.front().statement;
    }

    void clear() {
        by_sql_.clear();
        by_use_.clear();
    }

private:
    struct Entry {
        template <class... Arguments>
        explicit Entry(std::string_view text, Arguments&&... arguments)
            : sql(text), statement(std::forward<Arguments>(arguments)...) {}

        std::string sql;
        Statement statement;
    };

    /// One that is being read stays, and is old another time.
    void drop_old() {
        auto oldest = by_use_.end();
        while (by_use_.size() > most_ && --oldest != by_use_.begin()) {
            if (!oldest->statement.is_busy()) {
                by_sql_.erase(oldest->sql);
                oldest = by_use_.erase(oldest);
            }
        }
    }

    std::size_t most_;
    std::list<Entry> by_use_;  ///< The last used first.
    std::unordered_map<std::string_view, typename std::list<Entry>::iterator> by_sql_;
};

}  // namespace nassaq::db
