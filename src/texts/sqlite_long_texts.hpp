#pragma once

#include <boost/describe.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "db/database.hpp"
#include "texts/text_store.hpp"

namespace nassaq::texts {

/// The texts in SQLite that are too long for one transaction, since everybody who writes would wait for it
/// (docs/decisions/0096). Such a text is written bit by bit under a revision of its own, beside what is read until
/// then; one short transaction makes it the document's. What is nobody's any more goes bit by bit. So, whatever is
/// interrupted, one whole text is there. Safe to use from several threads.
class SqliteLongTexts {
public:
    /// @param abandoned_after  When a text that is not finished has stayed as it was for so long, nobody writes it.
    SqliteLongTexts(db::Database& database, std::chrono::milliseconds abandoned_after);

    static bool is_long(const ocr::Document& document);

    /// In place of whatever text the document has. @return the text's id. @throws std::exception; the text of before is
    /// still there then.
    std::string put(const Subject& subject, const ocr::Document& document);
    /// In the transaction that puts a short text in its place.
    static void replace(db::Session& transaction, std::int64_t doc_id);
    /// In the transaction that removes the document's text.
    static void remove(db::Session& transaction, std::int64_t doc_id);

    /// As TextStore's: a text in the trash is nobody's to clear away. Trashed_Text names its revision.
    static void put_into_trash(db::Session& transaction, std::int64_t doc_id);
    static void bring_back(db::Session& transaction, std::int64_t doc_id);
    static void purge(db::Session& transaction, std::int64_t doc_id);

    /// As TextStore's. A document with a short text has none here.
    bool visit_pages(std::int64_t doc_id, const std::function<void(const ocr::Page&)>& visit);
    std::unique_ptr<TextReader> read(std::int64_t doc_id);
    void clear_leftovers(const std::stop_token& stop);

private:
    struct Unfinished {
        std::string revision;
        std::int64_t pieces = 0;

        bool operator==(const Unfinished&) const = default;
        BOOST_DESCRIBE_CLASS(Unfinished, (), (revision, pieces), (), ())
    };

    void write(const std::string& revision, const ocr::Document& document);
    static void make_current(db::Session& transaction, std::int64_t doc_id, const std::string& revision,
                             std::string_view text_id);
    void give_up(const std::string& revision) noexcept;
    void give_up_abandoned();
    bool clear_some(const std::string& revision);

    db::Database& database_;
    std::chrono::milliseconds abandoned_after_;
    std::mutex mutex_;  ///< Of what follows.
    std::chrono::steady_clock::time_point next_look_;
    std::vector<Unfinished> seen_;  ///< At the last look.
};

}  // namespace nassaq::texts
