#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stop_token>

#include "db/database.hpp"
#include "texts/text_store.hpp"

namespace nassaq::jobs {

/// Removes the texts of deleted documents. That a text is to be removed is noted (as a row of the outbox) in the
/// transaction that deletes the document's rows; the text goes afterwards, and while the text store is away the note
/// waits for it. Several processes may carry out the same note: a text that is not there is no error.
class TextDeletions {
public:
    /// How often step() is to be called.
    static constexpr std::chrono::seconds interval{5};

    TextDeletions(db::Database& database, texts::TextStore& texts);

    /// Notes, in the transaction that deletes its document, that a text is to be removed.
    static void schedule(db::Session& transaction, std::int64_t doc_id);
    /// Carries out what is noted for that document; to be called after the commit. What fails is left to step().
    void try_complete(std::int64_t doc_id) noexcept;
    /// Carries out the deletions that are due, and clears away what is left of long texts, until `stop` is requested.
    /// @return how many texts are gone now.
    /// @throws db::Error
    std::size_t step(const std::stop_token& stop = {});

private:
    void carry_out(std::int64_t doc_id);
    void postpone(std::int64_t doc_id);

    db::Database& database_;
    texts::TextStore& texts_;
};

}  // namespace nassaq::jobs
