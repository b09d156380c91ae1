#include "extraction/result.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "search/indexing.hpp"
#include "usage/counting.hpp"

namespace nassaq::extraction {
namespace {

/// Exactly one row a document; what other stages have written to it stays.
void write_row(db::Session& session, std::int64_t doc_id, const ocr::Document& document) {
    const auto pages = static_cast<std::int64_t>(document.pages.size());
    const Timestamp time = now();
    const std::int64_t changed = session.execute(
        "UPDATE Ocr_Results SET page_count = ?, word_count = ?, avg_confidence = ?, primary_language = ?, "
        "cost_usd_ocr = ?, processed_at = ? WHERE doc_id = ?",
        pages, document.word_count, document.average_confidence, document.primary_language, 0.0, time, doc_id);
    if (changed == 0) {
        session.execute(
            "INSERT INTO Ocr_Results (doc_id, page_count, word_count, avg_confidence, primary_language, cost_usd_ocr, "
            "processed_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            doc_id, pages, document.word_count, document.average_confidence, document.primary_language, 0.0, time);
    }
}

/// The document's text, unless it has another name by now.
bool set_text(db::Session& session, std::int64_t doc_id, std::string_view text_id, std::string_view filename) {
    return session.execute("UPDATE Documents SET mongo_doc_id = ?, updated_at = ? WHERE doc_id = ? AND filename = ?",
                           text_id, now(), doc_id, filename) == 1;
}

/// What one extraction has made, on its way into the database.
class Result {
public:
    Result(db::Database& database, const jobs::Task& task, ocr::Document document, std::string text_id)
        : database_(database),
          task_(task),
          document_(std::move(document)),
          text_id_(std::move(text_id)),
          passages_(search::cut_into_passages(document_.pages)) {}

    /// The name is that of now: the document may have been renamed since it was claimed, and while its index is
    /// prepared.
    std::optional<jobs::WriteResult> prepare() {
        const auto indexed = database_.read(
            [&](db::Session& session) { return search::find_indexed(session, task_.job.doc_id, text_id_); });
        if (!indexed) {
            return std::nullopt;
        }
        auto prepared = std::make_shared<const search::Prepared>(
            search::prepare(database_.dialect(), indexed->user_id, indexed->filename, passages_));
        const search::Subject subject{.doc_id = task_.job.doc_id,
                                      .user_id = indexed->user_id,
                                      .filename = indexed->filename,
                                      .has_text = true,
                                      .text_is_in_database = indexed->text_is_in_database};
        const bool in_pieces = prepared->is_large || indexed->is_large;
        if (in_pieces && !search::index_in_pieces(database_, subject, *prepared,
                                                  [&](db::Session& session) { return is_still_wanted(session); })) {
            return std::nullopt;
        }
        return [this, subject, prepared, in_pieces](db::Session& session) {
            if (in_pieces) {
                search::complete_pieces(session, subject.doc_id, *prepared);
            } else {
                search::index_document(session, subject, *prepared);
            }
            return write(session, subject);
        };
    }

private:
    bool is_still_wanted(db::Session& session) const {
        if (task_.stop.stop_requested()) {
            throw std::runtime_error("the work was interrupted");
        }
        return task_.is_ours(session);
    }

    bool write(db::Session& session, const search::Subject& subject) const {
        write_row(session, subject.doc_id, document_);
        if (!set_text(session, subject.doc_id, text_id_, subject.filename)) {
            return false;
        }
        usage::add_pages(session, subject.user_id, static_cast<std::int64_t>(document_.pages.size()));
        return true;
    }

    db::Database& database_;
    const jobs::Task& task_;
    ocr::Document document_;
    std::string text_id_;
    std::vector<search::Passage> passages_;
};

}  // namespace

jobs::PrepareResult prepare_result(db::Database& database, const jobs::Task& task, ocr::Document document,
                                   std::string text_id) {
    return [result = std::make_shared<Result>(database, task, std::move(document), std::move(text_id))] {
        return result->prepare();
    };
}

}  // namespace nassaq::extraction
