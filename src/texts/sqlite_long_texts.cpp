#include "texts/sqlite_long_texts.hpp"

#include <algorithm>
#include <deque>
#include <exception>
#include <iterator>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "base/id.hpp"
#include "base/log.hpp"
#include "db/batches.hpp"
#include "texts/stored_page.hpp"

namespace nassaq::texts {
namespace {

/// What one transaction writes of a text that is not long: some 20 ms. A book of a thousand pages is less.
constexpr std::size_t most_bytes_of_short_text = std::size_t{2} << 20;
constexpr std::size_t most_pages_of_short_text = 2'000;
/// And of one that is.
constexpr std::size_t most_bytes_at_once = std::size_t{256} << 10;
constexpr std::size_t most_rows_at_once = 256;
constexpr std::int64_t rows_cleared_at_once = 32;
constexpr std::int64_t rows_read_at_once = 4;

struct PieceRow {
    std::string revision;
    std::int64_t piece = 0;
    std::int64_t page = 0;
    std::string method;
    std::optional<double> confidence;
    std::optional<std::string> language;
    std::string content;
};
BOOST_DESCRIBE_STRUCT(PieceRow, (), (revision, piece, page, method, confidence, language, content))

/// Of the text that the document has when the statement begins.
constexpr std::string_view pieces_after =
    "SELECT revision, piece, page, method, confidence, language, content FROM Long_Text_Pieces WHERE revision = "
    "(SELECT revision FROM Document_Text WHERE doc_id = ? AND page = 0) AND piece > ? ORDER BY piece";

/// A few rows a statement, so that no connection waits for a client.
class LongTextReader final : public TextReader {
public:
    LongTextReader(db::Database& database, std::int64_t doc_id) : database_(database), doc_id_(doc_id) {}

    std::optional<ocr::Page> next() override {
        if (rows_.empty()) read_more();
        if (rows_.empty()) return std::nullopt;
        PieceRow row = std::move(rows_.front());
        rows_.pop_front();
        require_revision(row.revision);
        last_piece_ = row.piece;
        return stored_page(std::move(row));
    }
    [[nodiscard]] std::size_t memory() const override {
        return static_cast<std::size_t>(rows_read_at_once) * part_bytes;
    }

private:
    void read_more() {
        auto rows = database_.read([&](db::Session& session) {
            return session.query_page<PieceRow>(pieces_after, {.limit = rows_read_at_once}, doc_id_, last_piece_);
        });
        if (rows.empty()) {
            require_whole();
        } else if (last_piece_ == 0) {
            revision_ = rows.front().revision;
        }
        std::ranges::move(rows, std::back_inserter(rows_));
    }

    /// A text that is shorter, or gone, looks like one that is over.
    void require_whole() {
        if (last_piece_ == 0) return;
        const auto revision = database_.read([&](db::Session& session) {
            return session.find<std::string>("SELECT revision FROM Document_Text WHERE doc_id = ? AND page = 0",
                                             doc_id_);
        });
        require_revision(revision.value_or(""));
    }

    void require_revision(std::string_view revision) const {
        if (revision != revision_) throw std::runtime_error("a text was removed or replaced while it was read");
    }

    db::Database& database_;
    std::int64_t doc_id_;
    std::string revision_;
    std::int64_t last_piece_ = 0;  ///< Given out.
    std::deque<PieceRow> rows_;    ///< Read, and not given out yet.
};

/// What one row holds: a page, or a part of one.
struct Piece {
    const ocr::Page* page;
    std::string_view text;
};

std::vector<Piece> cut(const ocr::Document& document) {
    std::vector<Piece> pieces;
    for (const ocr::Page& page : document.pages) {
        std::string_view rest = page.text;
        do {
            pieces.push_back({.page = &page, .text = beginning_of_page(rest, part_bytes)});
            rest.remove_prefix(pieces.back().text.size());
        } while (!rest.empty());
    }
    return pieces;
}

/// How many of the first are written in one transaction.
std::size_t count_at_once(std::span<const Piece> pieces) {
    std::size_t count = 0;
    std::size_t bytes = 0;
    while (count < pieces.size() && count < most_rows_at_once && bytes < most_bytes_at_once) {
        bytes += pieces[count++].text.size();
    }
    return count;
}

/// @param first  the number of the first one
void insert_pieces(db::Session& transaction, const std::string& revision, std::int64_t first,
                   std::span<const Piece> pieces) {
    db::for_each_batch(pieces.size(), [&](std::size_t begin, std::size_t size) {
        std::vector<db::Parameter> values;
        for (std::size_t i = begin; i < begin + size; ++i) {
            const ocr::Page& page = *pieces[i].page;
            values.insert(values.end(),
                          {std::string_view(revision), first + static_cast<std::int64_t>(i), page.number,
                           ocr::name_of(page.method), stored_confidence(page), stored_language(page), pieces[i].text});
        }
        transaction.execute_with(
            "INSERT INTO Long_Text_Pieces (revision, piece, page, method, confidence, language, content) VALUES " +
                db::value_rows(size, values.size() / size),
            values);
    });
}

/// In each transaction of who writes a text: that it is still to be written. @throws std::runtime_error
void require_change(std::int64_t rows) {
    if (rows != 1) throw std::runtime_error("a text was written that is nobody's any more");
}

}  // namespace

SqliteLongTexts::SqliteLongTexts(db::Database& database, std::chrono::milliseconds abandoned_after)
    : database_(database), abandoned_after_(abandoned_after) {}

bool SqliteLongTexts::is_long(const ocr::Document& document) {
    const std::size_t bytes =
        std::accumulate(document.pages.begin(), document.pages.end(), std::size_t{0},
                        [](std::size_t sum, const ocr::Page& page) { return sum + page.text.size(); });
    return bytes > most_bytes_of_short_text || document.pages.size() > most_pages_of_short_text;
}

std::string SqliteLongTexts::put(const Subject& subject, const ocr::Document& document) {
    const std::int64_t doc_id = subject.doc_id;
    const std::string revision = random_uuid();
    database_.execute("INSERT INTO Long_Texts (revision, doc_id) VALUES (?, ?)", revision, doc_id);
    try {
        write(revision, document);
        return database_.transaction([&](db::Session& session) {
            require_wanted(session, subject);
            std::string text_id = find_text_id(session, doc_id).value_or(random_uuid());
            make_current(session, doc_id, revision, text_id);
            return text_id;
        });
    } catch (...) {
        give_up(revision);
        throw;
    }
}

void SqliteLongTexts::write(const std::string& revision, const ocr::Document& document) {
    const auto pieces = cut(document);
    std::int64_t next = 1;
    std::span<const Piece> rest(pieces);
    while (!rest.empty()) {
        const auto some = rest.first(count_at_once(rest));
        const auto count = static_cast<std::int64_t>(some.size());
        database_.transaction([&](db::Session& session) {
            require_change(
                session.execute("UPDATE Long_Texts SET pieces = pieces + ? WHERE revision = ? AND doc_id IS NOT NULL",
                                count, revision));
            insert_pieces(session, revision, next, some);
        });
        next += count;
        rest = rest.subspan(some.size());
    }
}

void SqliteLongTexts::make_current(db::Session& transaction, std::int64_t doc_id, const std::string& revision,
                                   std::string_view text_id) {
    replace(transaction, doc_id);
    transaction.execute("DELETE FROM Document_Text WHERE doc_id = ?", doc_id);
    transaction.execute(
        "INSERT INTO Document_Text (doc_id, page, text_id, method, content, revision, parts) VALUES (?, 0, ?, ?, '', "
        "?, 0)",
        doc_id, text_id, ocr::name_of(ocr::Method::decoded), revision);
    require_change(
        transaction.execute("UPDATE Long_Texts SET is_whole = 1 WHERE revision = ? AND doc_id = ?", revision, doc_id));
}

/// Only what is not read yet. What cannot be given up now is found to be abandoned later.
void SqliteLongTexts::give_up(const std::string& revision) noexcept {
    try {
        database_.execute("UPDATE Long_Texts SET doc_id = NULL WHERE revision = ? AND is_whole = 0", revision);
    } catch (const std::exception& error) {
        log::debug("a text that was not written to its end stays for a while", {{"error", error.what()}});
    }
}

void SqliteLongTexts::replace(db::Session& transaction, std::int64_t doc_id) {
    transaction.execute("UPDATE Long_Texts SET doc_id = NULL WHERE doc_id = ? AND is_whole = 1", doc_id);
}

/// One that is being written, too.
void SqliteLongTexts::remove(db::Session& transaction, std::int64_t doc_id) {
    transaction.execute("UPDATE Long_Texts SET doc_id = NULL WHERE doc_id = ?", doc_id);
}

void SqliteLongTexts::put_into_trash(db::Session& transaction, std::int64_t doc_id) {
    transaction.execute("UPDATE Long_Texts SET doc_id = NULL, is_trashed = is_whole WHERE doc_id = ?", doc_id);
}

void SqliteLongTexts::bring_back(db::Session& transaction, std::int64_t doc_id) {
    transaction.execute(
        "UPDATE Long_Texts SET doc_id = ?, is_trashed = 0 WHERE is_trashed = 1 AND revision = "
        "(SELECT revision FROM Trashed_Text WHERE doc_id = ? AND page = 0)",
        doc_id, doc_id);
}

void SqliteLongTexts::purge(db::Session& transaction, std::int64_t doc_id) {
    transaction.execute(
        "UPDATE Long_Texts SET is_trashed = 0 WHERE is_trashed = 1 AND revision = "
        "(SELECT revision FROM Trashed_Text WHERE doc_id = ? AND page = 0)",
        doc_id);
}

bool SqliteLongTexts::visit_pages(std::int64_t doc_id, const std::function<void(const ocr::Page&)>& visit) {
    std::optional<ocr::Page> pending;
    database_.read_once([&](db::Session& session) {
        session.visit<PieceRow>(
            pieces_after,
            [&](PieceRow row) {
                if (pending && pending->number == row.page) {
                    pending->text += row.content;
                    return;
                }
                if (pending) visit(*pending);
                pending = stored_page(std::move(row));
            },
            doc_id, 0);
    });
    if (pending) visit(*pending);
    return pending.has_value();
}

std::unique_ptr<TextReader> SqliteLongTexts::read(std::int64_t doc_id) {
    return std::make_unique<LongTextReader>(database_, doc_id);
}

void SqliteLongTexts::clear_leftovers(const std::stop_token& stop) {
    give_up_abandoned();
    while (!stop.stop_requested()) {
        const auto revision = database_.read([](db::Session& session) {
            return session.find<std::string>(
                "SELECT revision FROM Long_Texts WHERE doc_id IS NULL AND is_trashed = 0 ORDER BY revision");
        });
        if (!revision) return;
        while (!stop.stop_requested() && clear_some(*revision)) {
        }
    }
}

/// Who only was slow with it learns of it by its next piece, and the job is done again.
void SqliteLongTexts::give_up_abandoned() {
    const std::scoped_lock lock(mutex_);
    const auto time = std::chrono::steady_clock::now();
    if (time < next_look_) return;
    next_look_ = time + abandoned_after_;
    auto unfinished = database_.read([](db::Session& session) {
        return session.query<Unfinished>(
            "SELECT revision, pieces FROM Long_Texts WHERE is_whole = 0 AND doc_id IS NOT NULL ORDER BY revision");
    });
    for (const Unfinished& text : unfinished) {
        if (std::ranges::find(seen_, text) == seen_.end()) continue;
        log::warning("a text that nobody has gone on writing is given up", {{"pieces", text.pieces}});
        database_.execute("UPDATE Long_Texts SET doc_id = NULL WHERE revision = ? AND pieces = ? AND is_whole = 0",
                          text.revision, text.pieces);
    }
    seen_ = std::move(unfinished);
}

/// @return whether there may be more.
bool SqliteLongTexts::clear_some(const std::string& revision) {
    return database_.transaction([&](db::Session& session) {
        const auto cleared = session.execute(
            "DELETE FROM Long_Text_Pieces WHERE revision = ? AND piece IN "
            "(SELECT piece FROM Long_Text_Pieces WHERE revision = ? ORDER BY piece LIMIT ?)",
            revision, revision, rows_cleared_at_once);
        if (cleared == 0) {
            session.execute("DELETE FROM Long_Texts WHERE revision = ? AND doc_id IS NULL AND is_trashed = 0",
                            revision);
        }
        return cleared > 0;
    });
}

}  // namespace nassaq::texts
