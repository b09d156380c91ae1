#include "texts/sql.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/describe.hpp>
#include <deque>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "base/id.hpp"
#include "base/text.hpp"
#include "db/batches.hpp"
#include "texts/sqlite_long_texts.hpp"
#include "texts/stored_page.hpp"

namespace nassaq::texts {
namespace {

/// Pages that are read at once: about as much of them as of a long one.
constexpr std::int64_t first_batch = 4;
constexpr std::int64_t most_pages_at_once = 64;

struct PageRow {
    std::int64_t page = 0;
    std::string method;
    std::optional<double> confidence;
    std::optional<std::string> language;
    std::optional<std::string> revision;
    std::optional<std::int64_t> parts;
    std::string content;
};
BOOST_DESCRIBE_STRUCT(PageRow, (), (page, method, confidence, language, revision, parts, content))

/// A page, or one of the parts that follow it.
struct PagePartRow {
    std::int64_t page = 0;
    std::string method;
    std::optional<double> confidence;
    std::optional<std::string> language;
    std::string content;
    std::optional<std::string> part;
};
BOOST_DESCRIBE_STRUCT(PagePartRow, (), (page, method, confidence, language, content, part))

struct PartRow {
    std::optional<std::string> revision;
    std::string content;
};
BOOST_DESCRIBE_STRUCT(PartRow, (), (revision, content))

// Of a text put before there were parts a page may be one row of megabytes, which is never read whole here. 65536 is
// most_page_bytes. By this collation SQL Server counts in UTF-16 units; it gives one more where it would cut a
// character.
std::string_view next_pages_sql(db::Dialect dialect) {
    if (dialect == db::Dialect::mssql) {
        return "SELECT page, method, confidence, language, revision, parts, "
               "SUBSTRING(content COLLATE Latin1_General_BIN2, 1, CASE WHEN UNICODE(SUBSTRING("
               "content COLLATE Latin1_General_BIN2, 65536, 1)) BETWEEN 55296 AND 56319 THEN 65537 ELSE 65536 END) "
               "FROM Document_Text WHERE doc_id = ? AND page > ? ORDER BY page";
    }
    return "SELECT page, method, confidence, language, revision, parts, SUBSTRING(content, 1, 65536) "
           "FROM Document_Text WHERE doc_id = ? AND page > ? ORDER BY page";
}
std::string_view rest_of_page_sql(db::Dialect dialect) {
    if (dialect == db::Dialect::mssql) {
        return "SELECT revision, SUBSTRING(content COLLATE Latin1_General_BIN2, ?, CASE WHEN UNICODE(SUBSTRING("
               "content COLLATE Latin1_General_BIN2, ? + 65535, 1)) BETWEEN 55296 AND 56319 THEN 65537 ELSE 65536 END) "
               "FROM Document_Text WHERE doc_id = ? AND page = ?";
    }
    return "SELECT revision, SUBSTRING(content, ?, 65536) FROM Document_Text WHERE doc_id = ? AND page = ?";
}
constexpr std::int64_t characters_at_once = 65'536;

/// The rows that a page is put into: one, unless it is very long.
std::vector<std::string_view> cut_page(std::string_view text) {
    if (text.size() <= most_page_bytes) return {text};
    std::vector<std::string_view> pieces;
    while (!text.empty()) {
        pieces.push_back(beginning_of_page(text, part_bytes));
        text.remove_prefix(pieces.back().size());
    }
    return pieces;
}

/// One statement a piece, so that no connection waits for a client.
class SqlTextReader final : public TextReader {
public:
    SqlTextReader(db::Database& database, std::int64_t doc_id) : database_(database), doc_id_(doc_id) {}

    std::optional<ocr::Page> next() override;
    [[nodiscard]] std::size_t memory() const override { return most_page_bytes; }

private:
    void read_pages();
    ocr::Page next_part();
    std::optional<ocr::Page> next_of_row();
    [[nodiscard]] std::int64_t count_characters(const std::string& piece) const;
    void require_revision(const std::optional<std::string>& revision) const;
    void require_whole();

    db::Database& database_;
    std::int64_t doc_id_;
    std::deque<PageRow> rows_;  ///< Read, and not given out yet.
    std::int64_t batch_ = first_batch;
    std::optional<PageRow> page_;        ///< The last one given out, without its text.
    std::int64_t parts_given_ = 0;       ///< Of that page.
    std::int64_t characters_given_ = 0;  ///< Of that page, when it lies in one row that is too long.
    std::optional<std::string> revision_;
    bool has_begun_ = false;
};

std::optional<ocr::Page> SqlTextReader::next() {
    if (page_ && parts_given_ < page_->parts.value_or(0)) return next_part();
    if (page_ && characters_given_ > 0) {
        if (auto piece = next_of_row()) return piece;
    }
    if (rows_.empty()) read_pages();
    if (rows_.empty()) {
        require_whole();
        return std::nullopt;
    }
    PageRow row = std::move(rows_.front());
    rows_.pop_front();
    require_revision(row.revision);
    const bool is_of_old_kind = !row.revision && row.content.size() >= most_page_bytes;
    parts_given_ = 0;
    characters_given_ = is_of_old_kind ? count_characters(row.content) : 0;
    ocr::Page piece = stored_page(row);
    row.content = {};
    page_ = std::move(row);
    return piece;
}

void SqlTextReader::read_pages() {
    const std::int64_t after = page_ ? page_->page : 0;
    auto rows = database_.read([&](db::Session& session) {
        return session.query_page<PageRow>(next_pages_sql(session.dialect()), {.limit = batch_}, doc_id_, after);
    });
    std::size_t bytes = 1;
    for (PageRow& row : rows) {
        bytes += row.content.size();
        rows_.push_back(std::move(row));
    }
    if (rows_.empty()) return;
    if (!has_begun_) {
        revision_ = rows_.front().revision;
        has_begun_ = true;
    }
    const std::size_t of_one_page = std::max<std::size_t>(1, bytes / rows_.size());
    batch_ = std::clamp<std::int64_t>(static_cast<std::int64_t>(part_bytes / of_one_page), 1, most_pages_at_once);
}

ocr::Page SqlTextReader::next_part() {
    auto part = database_.read([&](db::Session& session) {
        return session.find<PartRow>(
            "SELECT t.revision, p.content FROM Document_Text t "
            "JOIN Document_Text_Parts p ON p.doc_id = t.doc_id AND p.page = t.page "
            "WHERE t.doc_id = ? AND t.page = ? AND p.part = ?",
            doc_id_, page_->page, parts_given_ + 1);
    });
    if (!part) throw std::runtime_error("a text was removed or replaced while it was read");
    require_revision(part->revision);
    ++parts_given_;
    ocr::Page piece = stored_page(*page_);  // NOLINT(bugprone-unchecked-optional-access): of a page that has begun.
    piece.text = std::move(part->content);
    return piece;
}

/// More of a page that lies in one row; nothing at its end.
std::optional<ocr::Page> SqlTextReader::next_of_row() {
    const std::int64_t next = characters_given_ + 1;
    auto rest = database_.read([&](db::Session& session) {
        const std::string_view sql = rest_of_page_sql(session.dialect());
        return session.dialect() == db::Dialect::mssql ? session.find<PartRow>(sql, next, next, doc_id_, page_->page)
                                                       : session.find<PartRow>(sql, next, doc_id_, page_->page);
    });
    if (!rest) throw std::runtime_error("a text was removed or replaced while it was read");
    require_revision(rest->revision);
    if (rest->content.empty()) {
        characters_given_ = 0;
        return std::nullopt;
    }
    characters_given_ += count_characters(rest->content);
    ocr::Page piece = stored_page(*page_);  // NOLINT(bugprone-unchecked-optional-access): of a page that has begun.
    piece.text = std::move(rest->content);
    return piece;
}

/// As the database counts them.
std::int64_t SqlTextReader::count_characters(const std::string& piece) const {
    return database_.dialect() == db::Dialect::mssql ? static_cast<std::int64_t>(text::to_utf16_string(piece).size())
                                                     : characters_at_once;
}

void SqlTextReader::require_revision(const std::optional<std::string>& revision) const {
    if (revision != revision_) throw std::runtime_error("a text was replaced while it was read");
}

/// A text that has become shorter meanwhile looks like one that is over.
void SqlTextReader::require_whole() {
    if (!has_begun_) return;
    auto first = database_.read([&](db::Session& session) {
        return session.query_page<std::optional<std::string>>(
            "SELECT revision FROM Document_Text WHERE doc_id = ? ORDER BY page", {.limit = 1}, doc_id_);
    });
    if (first.empty()) throw std::runtime_error("a text was removed while it was read");
    require_revision(first.front());
}

/// Finds out with the first piece in which of the two places the text lies.
class PlacedTextReader final : public TextReader {
public:
    PlacedTextReader(db::Database& database, SqliteLongTexts& long_texts, std::int64_t doc_id)
        : database_(database), long_texts_(long_texts), doc_id_(doc_id) {}

    std::optional<ocr::Page> next() override {
        if (reader_) return reader_->next();
        auto first = begin(std::make_unique<SqlTextReader>(database_, doc_id_));
        if (!first) first = begin(long_texts_.read(doc_id_));
        // Between the two looks a short one may have taken the place of the long one.
        return first ? first : begin(std::make_unique<SqlTextReader>(database_, doc_id_));
    }
    [[nodiscard]] std::size_t memory() const override { return most_page_bytes; }

private:
    std::optional<ocr::Page> begin(std::unique_ptr<TextReader> reader) {
        auto piece = reader->next();
        if (piece) reader_ = std::move(reader);
        return piece;
    }

    db::Database& database_;
    SqliteLongTexts& long_texts_;
    std::int64_t doc_id_;
    std::unique_ptr<TextReader> reader_;  ///< That has given a piece.
};

class SqlTextStore final : public TextStore {
public:
    SqlTextStore(db::Database& database, std::chrono::milliseconds abandoned_after) : database_(database) {
        if (database.dialect() == db::Dialect::sqlite) long_texts_.emplace(database, abandoned_after);
    }

    std::string put(const Subject& subject, const ocr::Document& document) override;
    bool visit_pages(std::int64_t doc_id, const std::function<void(const ocr::Page&)>& visit) override;
    std::unique_ptr<TextReader> read(std::int64_t doc_id) override;
    void remove(std::int64_t doc_id) override;
    void clear_leftovers(const std::stop_token& stop) override {
        if (long_texts_) long_texts_->clear_leftovers(stop);
    }
    void put_into_trash(db::Session& transaction, std::int64_t doc_id) override;
    void bring_back(db::Session& transaction, std::int64_t doc_id) override;
    void forget(db::Session& transaction, std::int64_t doc_id) override;
    void purge(db::Session& transaction, std::int64_t doc_id) override;
    void check() override;

private:
    std::string put_at_once(const Subject& subject, const ocr::Document& document);
    bool visit_rows(std::int64_t doc_id, const std::function<void(const ocr::Page&)>& visit);

    db::Database& database_;
    std::optional<SqliteLongTexts> long_texts_;  ///< Where everybody waits for one writer.
};

/// A page, or what follows of a very long one: a row each.
struct Rows {
    explicit Rows(const std::vector<ocr::Page>& pages) {
        for (const ocr::Page& page : pages) {
            const std::vector<std::string_view> pieces = cut_page(page.text);
            const auto count = static_cast<std::int64_t>(pieces.size()) - 1;
            first.push_back({.page = &page, .text = pieces.front(), .part = count});
            for (std::int64_t part = 1; part <= count; ++part) {
                parts.push_back({.page = &page, .text = pieces[static_cast<std::size_t>(part)], .part = part});
            }
        }
    }

    struct Row {
        const ocr::Page* page;
        std::string_view text;
        std::int64_t part;  ///< Of a first row: how many follow.
    };
    std::vector<Row> first;
    std::vector<Row> parts;
};

void insert_pages(db::Session& transaction, std::int64_t doc_id, const std::vector<Rows::Row>& rows,
                  std::string_view text_id, std::string_view revision) {
    db::for_each_batch(rows.size(), [&](std::size_t begin, std::size_t size) {
        std::vector<db::Parameter> values;
        for (const Rows::Row& row : std::span(rows).subspan(begin, size)) {
            const ocr::Page& page = *row.page;
            values.insert(values.end(), {doc_id, page.number, text_id, ocr::name_of(page.method),
                                         stored_confidence(page), stored_language(page), row.text, revision, row.part});
        }
        transaction.execute_with(
            "INSERT INTO Document_Text (doc_id, page, text_id, method, confidence, language, content, revision, parts) "
            "VALUES " +
                db::value_rows(size, values.size() / size),
            values);
    });
}

void insert_parts(db::Session& transaction, std::int64_t doc_id, const std::vector<Rows::Row>& rows) {
    db::for_each_batch(rows.size(), [&](std::size_t begin, std::size_t size) {
        std::vector<db::Parameter> values;
        for (const Rows::Row& row : std::span(rows).subspan(begin, size)) {
            values.insert(values.end(), {doc_id, row.page->number, row.part, row.text});
        }
        transaction.execute_with("INSERT INTO Document_Text_Parts (doc_id, page, part, content) VALUES " +
                                     db::value_rows(size, values.size() / size),
                                 values);
    });
}

std::string SqlTextStore::put(const Subject& subject, const ocr::Document& document) {
    const bool is_long = long_texts_ && SqliteLongTexts::is_long(document);
    return is_long ? long_texts_->put(subject, document) : put_at_once(subject, document);
}

std::string SqlTextStore::put_at_once(const Subject& subject, const ocr::Document& document) {
    const std::int64_t doc_id = subject.doc_id;
    const std::string revision = random_uuid();
    const Rows rows(document.pages);
    return database_.transaction([&](db::Session& session) {
        require_wanted(session, subject);
        std::string text_id = find_text_id(session, doc_id).value_or(random_uuid());
        if (long_texts_) SqliteLongTexts::replace(session, doc_id);
        session.execute("DELETE FROM Document_Text WHERE doc_id = ?", doc_id);
        insert_pages(session, doc_id, rows.first, text_id, revision);
        insert_parts(session, doc_id, rows.parts);
        return text_id;
    });
}

bool SqlTextStore::visit_pages(std::int64_t doc_id, const std::function<void(const ocr::Page&)>& visit) {
    if (visit_rows(doc_id, visit)) return true;
    // Between the two looks a short one may have taken the place of the long one.
    return long_texts_ && (long_texts_->visit_pages(doc_id, visit) || visit_rows(doc_id, visit));
}

std::unique_ptr<TextReader> SqlTextStore::read(std::int64_t doc_id) {
    if (long_texts_) return std::make_unique<PlacedTextReader>(database_, *long_texts_, doc_id);
    return std::make_unique<SqlTextReader>(database_, doc_id);
}

bool SqlTextStore::visit_rows(std::int64_t doc_id, const std::function<void(const ocr::Page&)>& visit) {
    std::optional<ocr::Page> pending;
    database_.read_once([&](db::Session& session) {
        session.visit<PagePartRow>(
            "SELECT t.page, t.method, t.confidence, t.language, "
            "CASE WHEN p.part > 1 THEN '' ELSE t.content END, p.content "
            "FROM Document_Text t LEFT JOIN Document_Text_Parts p ON p.doc_id = t.doc_id AND p.page = t.page "
            "WHERE t.doc_id = ? AND t.page > 0 ORDER BY t.page, p.part",
            [&](PagePartRow row) {
                const std::string part = std::exchange(row.part, std::nullopt).value_or("");
                if (!pending || pending->number != row.page) {
                    if (pending) visit(*pending);
                    pending = stored_page(std::move(row));
                }
                pending->text += part;
            },
            doc_id);
    });
    if (pending) visit(*pending);
    return pending.has_value();
}

/// The columns of a text's tables that its rows keep in the trash.
constexpr std::string_view page_columns =
    "doc_id, page, text_id, method, confidence, language, content, revision, parts";
constexpr std::string_view part_columns = "doc_id, page, part, content";

void copy_rows(db::Session& transaction, std::string_view from, std::string_view to, std::string_view columns,
               std::int64_t doc_id) {
    transaction.execute_later(
        fmt::format("INSERT INTO {1} ({2}) SELECT {2} FROM {0} WHERE doc_id = ?", from, to, columns), doc_id);
}

void SqlTextStore::put_into_trash(db::Session& transaction, std::int64_t doc_id) {
    if (long_texts_) SqliteLongTexts::put_into_trash(transaction, doc_id);
    copy_rows(transaction, "Document_Text", "Trashed_Text", page_columns, doc_id);
    copy_rows(transaction, "Document_Text_Parts", "Trashed_Text_Parts", part_columns, doc_id);
}

void SqlTextStore::bring_back(db::Session& transaction, std::int64_t doc_id) {
    copy_rows(transaction, "Trashed_Text", "Document_Text", page_columns, doc_id);
    copy_rows(transaction, "Trashed_Text_Parts", "Document_Text_Parts", part_columns, doc_id);
    if (long_texts_) SqliteLongTexts::bring_back(transaction, doc_id);
}

void SqlTextStore::forget(db::Session& transaction, std::int64_t doc_id) {
    if (long_texts_) SqliteLongTexts::remove(transaction, doc_id);
    transaction.execute("DELETE FROM Document_Text WHERE doc_id = ?", doc_id);
}

void SqlTextStore::purge(db::Session& transaction, std::int64_t doc_id) {
    if (long_texts_) SqliteLongTexts::purge(transaction, doc_id);
}

void SqlTextStore::remove(std::int64_t doc_id) {
    database_.transaction([&](db::Session& session) { forget(session, doc_id); });
}

void SqlTextStore::check() {
    database_.read([](db::Session& session) {
        session.find<std::int64_t>("SELECT page FROM Document_Text WHERE doc_id = ?", std::int64_t{0});
    });
}

}  // namespace

std::unique_ptr<TextStore> make_sql_text_store(db::Database& database, std::chrono::milliseconds abandoned_after) {
    return std::make_unique<SqlTextStore>(database, abandoned_after);
}

}  // namespace nassaq::texts
