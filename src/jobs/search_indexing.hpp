#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>

#include "db/database.hpp"
#include "db/shared_look.hpp"
#include "texts/text_store.hpp"

namespace nassaq::jobs {

/// Brings documents into the search index that were processed without it: by a version before it, or by the platform.
/// Goes by the ids, a document a transaction, while others upload, process, search and delete; may be stopped at any
/// time. One thread. @throws db::Error, texts::Unavailable
class SearchIndexing {
public:
    enum class Scope {
        missing,  ///< Only documents that are not in the index, or whose text is not.
        all,
    };
    static constexpr std::chrono::minutes interval{1};

    SearchIndexing(db::Database& database, texts::TextStore& texts, Scope scope = Scope::missing);

    /// Goes through the next so many ids. @return false when there are none behind them.
    bool step(const std::stop_token& stop);
    /// step() to the end, when it is time, which is once a day, and no other node is at it. Goes on where a node has
    /// stopped.
    void catch_up(const std::stop_token& stop);

    /// Indexes documents anew whose index somebody has begun to write in pieces, and left. Looks twice, with a pause
    /// between, so that nobody is disturbed who is at work.
    void take_up_abandoned(const std::stop_token& stop, std::chrono::milliseconds pause_between);

    /// Indexes one document anew, with whatever text it has.
    void index(std::int64_t doc_id);

    [[nodiscard]] std::int64_t indexed() const { return indexed_; }
    [[nodiscard]] std::int64_t last_doc_id() const { return last_doc_id_; }

private:
    db::Database& database_;
    texts::TextStore& texts_;
    Scope scope_;
    db::SharedLook look_;
    std::int64_t last_doc_id_ = 0;
    std::int64_t indexed_ = 0;
    std::optional<std::chrono::steady_clock::time_point> next_;  ///< When it is asked whether it is time.
};

/// Forgets the words of all documents, for `begin*` and mistyped ones. Indexing all documents learns those again that
/// are there still; until finish_learning(), `begin*` is looked for without them.
void forget_learned_words(db::Database& database);
/// To be called when all documents have been indexed since.
void finish_learning(db::Database& database);

}  // namespace nassaq::jobs
